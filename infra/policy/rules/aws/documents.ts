import { at, fields, items, text, texts, UNKNOWN, type Value, type Values } from "../../values";

/** A statement of a policy document, with lists where the language allows single values. */
export interface Statement {
  /** For messages. */
  where: string;
  effect: string;
  actions: readonly string[];
  resources: readonly string[];
  /** `"*"`, or what is under its kinds. */
  principals: readonly string[];
  condition: Values;
}

/** Statements of a document that is known, as text or as a value; none of anything else. */
export function statementsOf(document: Value | undefined): Statement[] {
  const parsed = typeof document === "string" ? parsedText(document) : document;
  const statements = at(parsed, "Statement");
  const list = Array.isArray(statements) ? items(statements) : [statements];
  return list
    .filter((statement) => statement !== undefined && statement !== UNKNOWN)
    .map((statement, index) => ({
      where: text(at(statement, "Sid")) ?? `Statement[${index}]`,
      effect: text(at(statement, "Effect")) ?? "",
      actions: texts(at(statement, "Action")),
      resources: texts(at(statement, "Resource")),
      principals: [
        ...texts(at(statement, "Principal")),
        ...Object.values(fields(at(statement, "Principal"))).flatMap(texts),
      ],
      condition: fields(at(statement, "Condition")),
    }));
}

function parsedText(document: string): Value | undefined {
  try {
    return JSON.parse(document) as Value;
  } catch {
    return undefined;
  }
}

export const allowed = (statements: readonly Statement[]): Statement[] =>
  statements.filter(({ effect }) => effect === "Allow");
