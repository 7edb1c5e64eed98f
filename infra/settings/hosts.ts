import type { Mistake, Parser } from "./parse";
import type { Bastion, Host, Settings } from "./schema";

const LOGIN =
  'optional "port", "user" and "privateKey", which is the name of a key in sshSecrets or "agent", and by default what the pool logs in with';

const ALLOWED = `a list of {"address": "…", "hostKey": "ssh-ed25519 AAAA…"} with optional "name" (DNS label), "number" (0 to 4095, by default the place in the list), ${LOGIN}, "sudoPassword", which is the name of a password in sshSecrets, and "internalAddress", the IPv4 address that the other machines use, which must be given when "address" is a DNS name; no other fields, names and numbers unique; npm run scan -- ADDRESS… writes it`;

const ALLOWED_BASTION = `{"address": "…", "hostKey": "ssh-ed25519 AAAA…"} with ${LOGIN}; no other fields`;

const ALLOWED_SECRETS =
  "an object whose names are DNS labels and whose values are texts: pulumi config set --secret --path sshSecrets.NAME";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const HOST_KEY = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]+( .*)?$/;
const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;
/** A /24 for each in the widest network of pods. */
const MACHINES = 4096;
const LOGIN_FIELDS = ["address", "port", "user", "hostKey", "privateKey"];
const FIELDS = [...LOGIN_FIELDS, "name", "number", "internalAddress", "sudoPassword"];

/** Stands for a key in sshSecrets: the keys of the agent of the session. */
export const AGENT = "agent";

/** Stands for a secret that only the program gets to read. */
const ENCRYPTED = "(encrypted)";

/** The machines of an ssh pool, as JSON text. */
export const parseHosts: Parser<Host[]> = (raw) => {
  const list = fromJson(raw);
  if (!Array.isArray(list)) return { allowed: ALLOWED };
  const hosts = list.map((entry, index) => parseHost(entry, index));
  if (!hosts.every((host) => host !== undefined)) return { allowed: ALLOWED };
  const each = (value: (host: Host, index: number) => unknown): number => new Set(hosts.map(value)).size;
  const unique =
    each(({ name }) => name) === hosts.length && each(({ number }, index) => number ?? index) === hosts.length;
  return unique ? { value: hosts } : { allowed: ALLOWED };
};

/** The machine that all others are reached through, as JSON text. `{}`: none. */
export const parseBastion: Parser<Bastion | undefined> = (raw) => {
  const entry = fromJson(raw);
  if (isObject(entry) && Object.keys(entry).length === 0) return { value: undefined };
  const bastion = parseLogin(entry, LOGIN_FIELDS);
  return bastion ? { value: bastion } : { allowed: ALLOWED_BASTION };
};

/** Secrets that hosts and the bastion name, as JSON text. */
export const parseSshSecrets: Parser<Record<string, string>> = (raw) => {
  const entries = fromJson(raw);
  if (!isObject(entries)) return { allowed: ALLOWED_SECRETS };
  const parsed = Object.entries(entries).map(([name, value]) => {
    const text = isObject(value) && typeof value.secure === "string" ? ENCRYPTED : value;
    return LABEL.test(name) && name !== AGENT && typeof text === "string" ? ([name, text] as const) : undefined;
  });
  return parsed.every((entry) => entry !== undefined)
    ? { value: Object.fromEntries(parsed) }
    : { allowed: ALLOWED_SECRETS };
};

/**
 * What hosts and the bastion need for their logins and do not find. To be asked where encrypted values are known; no
 * value of a secret is in it.
 */
export function loginSecretMistakes(settings: Pick<Settings, "hosts" | "bastion" | "sshSecrets">): Mistake[] {
  const { hosts, bastion, sshSecrets } = settings;
  const users = [...hosts.map((host) => ({ key: "hosts", what: host.name, ...host })), ...bastionUser(bastion)];
  return users.flatMap(({ key, what, privateKey, sudoPassword }) => [
    ...(privateKey === undefined || privateKey === AGENT
      ? []
      : secretMistakes(sshSecrets, privateKey, { key, where: `privateKey of ${what}` }, PRIVATE_KEY)),
    ...(sudoPassword === undefined
      ? []
      : secretMistakes(sshSecrets, sudoPassword, { key, where: `sudoPassword of ${what}` }, PASSWORD)),
  ]);
}

const bastionUser = (bastion: Bastion | undefined) =>
  bastion === undefined ? [] : [{ key: "bastion", what: "it", ...bastion, sudoPassword: undefined }];

const PRIVATE_KEY = { pattern: /^-----BEGIN /, what: "a private key in PEM or OpenSSH form" };
const PASSWORD = { pattern: /^[^\r\n]+$/, what: "a password of one line" };

function secretMistakes(
  secrets: Readonly<Record<string, string>>,
  name: string,
  { key, where }: { key: string; where: string },
  { pattern, what }: typeof PRIVATE_KEY,
): Mistake[] {
  const value = secrets[name];
  const how = `pulumi config set --secret --path sshSecrets.${name}`;
  if (value === undefined)
    return [{ key, value: `${where}: ${name}`, allowed: `the name of ${what} in sshSecrets (${how})` }];
  return pattern.test(value) ? [] : [{ key: `sshSecrets.${name}`, value: "(secret)", allowed: `${what} (${how})` }];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fromJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/** The comment says nothing about the key, and a change of it is no change of the machine. */
const withoutComment = (hostKey: string): string => hostKey.split(" ").slice(0, 2).join(" ");

function parseHost(entry: unknown, index: number): Host | undefined {
  const login = parseLogin(entry, FIELDS);
  if (login === undefined) return undefined;
  const { name = `node-${index}`, internalAddress = login.address, number, sudoPassword } = entry as Partial<Host>;
  const valid =
    isLabel(name) &&
    typeof internalAddress === "string" &&
    IPV4.test(internalAddress) &&
    (number === undefined || (Number.isInteger(number) && number >= 0 && number < MACHINES)) &&
    (sudoPassword === undefined || isLabel(sudoPassword));
  if (!valid) return undefined;
  return {
    ...login,
    name,
    internalAddress,
    ...(number === undefined ? {} : { number }),
    ...(sudoPassword === undefined ? {} : { sudoPassword }),
  };
}

const isLabel = (value: unknown): value is string => typeof value === "string" && LABEL.test(value);

/** How a machine is dialled, whatever else is said of it. */
function parseLogin(entry: unknown, fields: readonly string[]): Bastion | undefined {
  if (!isObject(entry) || Object.keys(entry).some((field) => !fields.includes(field))) return undefined;
  const { address, port = 22, user = "root", hostKey, privateKey } = entry as Partial<Bastion>;
  const valid =
    typeof address === "string" &&
    /^[A-Za-z0-9.:-]+$/.test(address) &&
    Number.isInteger(port) &&
    port > 0 &&
    port < 65536 &&
    typeof user === "string" &&
    /^[a-z_][a-z0-9_-]*$/.test(user) &&
    typeof hostKey === "string" &&
    HOST_KEY.test(hostKey) &&
    (privateKey === undefined || isLabel(privateKey));
  if (!valid) return undefined;
  return {
    address,
    port,
    user,
    hostKey: withoutComment(hostKey),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}
