/** A stack's state as `pulumi stack export` prints it. */
export interface Deployment {
  resources: ResourceState[];
  pending_operations?: unknown[];
  /** What its secrets are encrypted with. */
  secrets_providers?: { state?: { salt?: string } };
}

export interface ResourceState {
  urn: string;
  type: string;
  parent?: string;
  outputs?: Record<string, unknown>;
}

/** Last part of a URN: the resource's name. */
export const nameOf = (urn: string | undefined): string => urn?.split("::").at(-1) ?? "";

/** Type and name of each component of ours, with the type of its parent: `type name < type`. */
export function components({ resources }: Deployment): string[] {
  const types = new Map(resources.map(({ urn, type }) => [urn, type]));
  return resources
    .filter(({ type }) => type.startsWith("ofwasm:"))
    .map(({ type, urn, parent }) => `${type} ${nameOf(urn)} < ${types.get(parent ?? "") ?? "nothing"}`)
    .sort();
}

/** The JSON that a command printed as its secret, from an export with secrets shown. */
export function printedSecret(deployment: Deployment, name: string): Record<string, string> {
  const command = deployment.resources.find(({ urn }) => nameOf(urn) === name);
  const [stdout] = secrets(command?.outputs?.stdout);
  if (typeof stdout !== "string") throw new Error(`${name} has no secret stdout`);
  return JSON.parse(stdout) as Record<string, string>;
}

/** Every secret value below, decoded. */
function secrets(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const { plaintext } = value as { plaintext?: unknown };
  if (typeof plaintext === "string") return [JSON.parse(plaintext) as unknown];
  return Object.values(value).flatMap(secrets);
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value, ...fromJson(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

function fromJson(text: string): string[] {
  if (!/^[{[]/.test(text)) return [];
  try {
    return strings(JSON.parse(text));
  } catch {
    return [];
  }
}

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/** Text lines of a private key that identify it, wherever a copy of it is. */
const keyLines = (text: string): string[] =>
  [...text.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^-]+)-----END/g)].flatMap(([, body = ""]) =>
    body.split("\n").filter((line) => line.length >= 40),
  );

/** Key material of a stack, from an export with secrets shown: lines of private keys, as they are and in base64. */
export function keyMaterial(deployment: Deployment): string[] {
  const texts = deployment.resources.flatMap((resource) => secrets(resource).flatMap(strings));
  const found = texts.flatMap((text) => {
    const inBase64 = [...text.matchAll(/client-key-data: (\S+)/g)].flatMap(([, key = ""]) => [
      key,
      ...keyLines(decoded(key)),
    ]);
    return [...keyLines(text), ...inBase64];
  });
  return [...new Set(found)];
}
