import {
  asArchive,
  asAsset,
  type CheckFailure,
  isList,
  isMap,
  isUnknown,
  type PropertyMap,
  type PropertyValue,
  reveal,
} from "../host";
import { isVariableName } from "./environment";
import { LOGGING, type Logging } from "./output";
import { checkConnection } from "./ssh/endpoint";

export const LOCAL_COMMAND = "command:local:Command";
export const REMOTE_COMMAND = "command:remote:Command";
export const COPY_TO_REMOTE = "command:remote:CopyToRemote";

/** Said wherever this plugin stops: the official one speaks the same tokens and goes on. */
export const OFFICIAL =
  "the official plugin pulumi-resource-command does it; install it with `pulumi plugin install resource command 1.2.1`";

/** What is wrong with a value, or nothing. */
type Rule = (value: PropertyValue) => string | undefined;

const text: Rule = (value) => (typeof value === "string" ? undefined : "must be a string");
const flag: Rule = (value) => (typeof value === "boolean" ? undefined : "must be true or false");
const list: Rule = (value) => (isList(value) ? undefined : "must be a list");
const texts: Rule = (value) =>
  isList(value) && value.every((item) => typeof item === "string" || isUnknown(item))
    ? undefined
    : "must be a list of strings";
const logging: Rule = (value) =>
  LOGGING.some((known) => known === value) ? undefined : `must be one of ${LOGGING.join(", ")}`;
const notHere: Rule = () => `is not supported by this plugin; ${OFFICIAL}`;

const environment: Rule = (value) => {
  if (!isMap(value)) return "must be a map of strings";
  const bad = Object.keys(value).find((name) => !isVariableName(name));
  if (bad !== undefined) return `has "${bad}", which cannot be the name of a variable`;
  const other = Object.entries(value).find(([, item]) => typeof item !== "string" && !isUnknown(item));
  return other ? `has ${other[0]}, whose value must be a string` : undefined;
};

const source: Rule = (value) => (asAsset(value) || asArchive(value) ? undefined : "must be an asset or an archive");

const COMMON: Readonly<Record<string, Rule>> = {
  create: text,
  update: text,
  delete: text,
  stdin: text,
  environment,
  triggers: list,
  logging,
  addPreviousOutputInEnv: flag,
};

const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  [LOCAL_COMMAND]: { ...COMMON, dir: text, interpreter: texts, assetPaths: notHere, archivePaths: notHere },
  [REMOTE_COMMAND]: COMMON,
  [COPY_TO_REMOTE]: { remotePath: text, source, triggers: list },
};

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  [REMOTE_COMMAND]: ["connection"],
  [COPY_TO_REMOTE]: ["connection", "remotePath", "source"],
};

/** Everything wrong with a resource's inputs. What is unknown yet passes; it is checked when it is known. */
export function checkInputs(type: string, inputs: PropertyMap): CheckFailure[] {
  const rules = RULES[type];
  if (!rules) return [{ property: "", reason: `${type} is not supported by this plugin; ${OFFICIAL}` }];
  const remote = type !== LOCAL_COMMAND;
  const failures: CheckFailure[] = [];
  for (const property of REQUIRED[type] ?? []) {
    if (inputs[property] === undefined) failures.push({ property, reason: "is required" });
  }
  const plain = reveal(inputs);
  for (const [property, value] of Object.entries(plain)) {
    if (value === undefined || isUnknown(value) || property.startsWith("__")) continue;
    if (remote && property === "connection") {
      if (isMap(value)) failures.push(...checkConnection(value));
      else failures.push({ property, reason: "must be an object" });
      continue;
    }
    const rule = rules[property];
    const known = [...Object.keys(rules), ...(remote ? ["connection"] : [])].join(", ");
    const reason = rule ? rule(value) : `unknown property; known are ${known}`;
    if (reason) failures.push({ property, reason });
  }
  return failures;
}

/** Inputs that both kinds of command have, secrets laid open. */
export interface CommandInputs {
  create?: string;
  update?: string;
  delete?: string;
  stdin?: string;
  environment: Record<string, string>;
  logging: Logging;
  addPreviousOutputInEnv: boolean;
  dir?: string;
  interpreter: string[];
}

/** Reads checked inputs, or the part of a state that came from them. */
export function readCommandInputs(inputs: PropertyMap): CommandInputs {
  const plain = reveal(inputs);
  const string = (value: PropertyValue | undefined) => (typeof value === "string" ? value : undefined);
  const entries = isMap(plain.environment) ? Object.entries(plain.environment) : [];
  return {
    create: string(plain.create),
    update: string(plain.update),
    delete: string(plain.delete),
    stdin: string(plain.stdin),
    environment: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
    logging: LOGGING.find((known) => known === plain.logging) ?? "stdoutAndStderr",
    addPreviousOutputInEnv: plain.addPreviousOutputInEnv !== false,
    dir: string(plain.dir),
    interpreter: isList(plain.interpreter) ? plain.interpreter.map(String) : [],
  };
}
