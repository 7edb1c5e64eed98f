import { isList, isMap, isSecret, type PropertyMap, type PropertyValue, reveal } from "../host";
import { SECRET_FIELDS } from "./ssh/endpoint";

/** Shorter texts are left alone: hiding every `1` would hide the message, and such a secret is none. */
const SHORTEST = 6;

/** What messages show in a secret's place. */
const MASK = "[secret]";

/**
 * Hides a resource's secret inputs in text that a command printed: a shell with `set -x` and many tools echo
 * what they were given.
 */
export function redactor(inputs: PropertyMap): (text: string) => string {
  const { connection, ...others } = inputs;
  const secrets = new Set([...secretTexts(others, false), ...credentials(connection)].flatMap(pieces));
  // The longest first: a secret may hold another one.
  const sorted = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((masked, piece) => masked.replaceAll(piece, MASK), text);
}

function secretTexts(value: PropertyValue | undefined, inside: boolean): string[] {
  if (isSecret(value)) return secretTexts((value as PropertyMap).value, true);
  if (typeof value === "string") return inside ? [value] : [];
  if (isList(value)) return value.flatMap((item) => secretTexts(item, inside));
  return isMap(value) ? Object.values(value).flatMap((item) => secretTexts(item, inside)) : [];
}

/** A connection is secret as a whole, but its address is what a message is about. */
function credentials(connection: PropertyValue | undefined): string[] {
  const plain = connection === undefined ? undefined : reveal(connection);
  if (!isMap(plain)) return [];
  return [
    ...SECRET_FIELDS.map((field) => plain[field]).filter((value) => typeof value === "string"),
    ...credentials(plain.proxy),
  ];
}

/** A command prints parts of what it was given: its lines, and the values of `key=value` lines. */
function pieces(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const values = lines.map((line) => /^[A-Za-z_][\w.-]*=(.*)$/.exec(line)?.[1] ?? "");
  return [text.trim(), ...lines, ...values].filter((piece) => piece.length >= SHORTEST);
}
