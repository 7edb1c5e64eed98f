import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { type FunctionObject, isFunctionObject } from "../../components/function/lint";

/** One document of a YAML file. */
export interface Document {
  file: string;
  /** Counted from 1. */
  number: number;
  /** A Function of OpenFunction; `undefined` for what is something else. */
  object?: FunctionObject;
  /** What it is, for people: `Function echo`. */
  what: string;
  /** Why it cannot be read. */
  problem?: string;
}

/** The documents of a file; those that cannot be read are told, not thrown. Empty ones are left out. */
export function documentsOf(file: string): Document[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return [{ file, number: 1, what: "file", problem: (error as Error).message }];
  }
  return parseAllDocuments(text).flatMap((document, index): Document[] => {
    const place = { file, number: index + 1 };
    const [error] = document.errors;
    if (error !== undefined) return [{ ...place, what: "document", problem: error.message.split("\n")[0] as string }];
    try {
      return itemsOf(plain(document.toJS())).map((content) => ({
        ...place,
        what: describe(content),
        ...(isFunctionObject(content) ? { object: content } : {}),
      }));
    } catch (problem) {
      // Aliases of nothing, of themselves, or of so much that nobody can have meant it.
      return [{ ...place, what: "document", problem: (problem as Error).message.split("\n")[0] as string }];
    }
  });
}

/** What was written once and is meant in several places is in each of them. */
const plain = (content: unknown): unknown => JSON.parse(JSON.stringify(content ?? null));

/** A list's own items, as kubectl prints several objects: `List` or `FunctionList`. */
function itemsOf(content: unknown): unknown[] {
  if (content === null || content === undefined) return [];
  const { kind, items } = content as { kind?: unknown; items?: unknown };
  return `${kind}`.endsWith("List") && Array.isArray(items) ? items.flatMap(itemsOf) : [content];
}

function describe(content: unknown): string {
  const { kind, metadata } = content as { kind?: unknown; metadata?: { name?: unknown } };
  return `${kind ?? "document without a kind"}${metadata?.name === undefined ? "" : ` ${metadata.name}`}`;
}

/** How a message names a document. */
export const placeOf = ({ file, number, what }: Document): string => `${file}, document ${number} (${what})`;
