import { createHash } from "node:crypto";
import { type CheckFailure, isMap, isUnknown, type PropertyMap, reveal } from "../../host";
import { parseHostKey } from "./host-key";

/** One machine's sshd and how to log in to it. */
export interface Endpoint {
  host: string;
  port: number;
  user: string;
  /** Public key in authorized_keys form that the machine must prove. */
  hostKey: string;
  password?: string;
  /** PEM or OpenSSH form. Goes before the password. */
  privateKey?: string;
  privateKeyPassword?: string;
  agentSocketPath?: string;
  /** Failed attempts that are put up with; -1 for no limit. */
  dialErrorLimit: number;
  /** Seconds for one attempt; 0 for no limit. */
  perDialTimeout: number;
  /** Bastion in between. */
  proxy?: Endpoint;
}

const DEFAULTS: PropertyMap = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

const TYPES: Readonly<Record<string, "string" | "number">> = {
  host: "string",
  port: "number",
  user: "string",
  hostKey: "string",
  password: "string",
  privateKey: "string",
  privateKeyPassword: "string",
  agentSocketPath: "string",
  dialErrorLimit: "number",
  perDialTimeout: "number",
};

/** Secrets of a connection, for keeping them out of messages. */
export const SECRET_FIELDS = ["password", "privateKey", "privateKeyPassword"] as const;

/** The connection with the defaults of the official provider filled in. */
export function withDefaults(connection: PropertyMap): PropertyMap {
  const { proxy } = connection;
  return { ...DEFAULTS, ...connection, ...(isMap(proxy) ? { proxy: { ...DEFAULTS, ...proxy } } : {}) };
}

/** Everything wrong with a connection; values are never in the reasons, they may be secret. */
export function checkConnection(connection: PropertyMap, path = "connection", nested = false): CheckFailure[] {
  const plain = reveal(connection);
  const failures: CheckFailure[] = [];
  const fail = (field: string, reason: string) => failures.push({ property: `${path}.${field}`, reason });
  for (const [field, value] of Object.entries(plain)) {
    if (field === "proxy" && !nested) continue;
    const type = TYPES[field];
    if (!type) fail(field, `unknown property; known are ${Object.keys(TYPES).join(", ")}${nested ? "" : ", proxy"}`);
    else if (value !== undefined && !isUnknown(value) && typeof value !== type) fail(field, `must be a ${type}`);
  }
  if (plain.host === undefined || plain.host === "") fail("host", "is required");
  const { hostKey } = plain;
  if (hostKey === undefined || hostKey === "") fail("hostKey", hostKeyAdvice(plain));
  else if (typeof hostKey === "string" && !isUnknown(hostKey)) {
    try {
      parseHostKey(hostKey);
    } catch (error) {
      fail("hostKey", (error as Error).message);
    }
  }
  if (isMap(plain.proxy) && !nested) failures.push(...checkConnection(plain.proxy, `${path}.proxy`, true));
  return failures;
}

function hostKeyAdvice({ host, port }: PropertyMap): string {
  const where = typeof host === "string" && !isUnknown(host) ? host : "HOST";
  const which = typeof port === "number" && port !== 22 ? `-p ${port} ` : "";
  return (
    "is required: this plugin never talks to a machine that it cannot recognise. " +
    `Take the key from the machine's console (/etc/ssh/ssh_host_ed25519_key.pub), or run \`ssh-keyscan -t ed25519 ${which}${where}\` ` +
    "and compare its fingerprint with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the machine"
  );
}

/** Reads a checked connection. @throws when it does not pass `checkConnection`, naming every mistake. */
export function readEndpoint(connection: PropertyMap): Endpoint {
  const failures = checkConnection(connection);
  if (failures.length > 0) throw new Error(failures.map((f) => `${f.property} ${f.reason}`).join("\n"));
  // Checked field by field just above.
  return reveal(withDefaults(connection)) as unknown as Endpoint;
}

/** `root@10.0.0.1:22`, for messages. */
export const describeEndpoint = ({ user, host, port }: Endpoint): string => `${user}@${host}:${port}`;

/** Same key, same connection: everything that decides where a connection ends and who it is. */
export function endpointKey(endpoint: Endpoint): string {
  const { host, port, user, hostKey, password, privateKey, agentSocketPath, proxy } = endpoint;
  return createHash("sha256")
    .update(
      JSON.stringify([
        host,
        port,
        user,
        hostKey,
        password ?? "",
        privateKey ?? "",
        agentSocketPath ?? "",
        proxy ? endpointKey(proxy) : "",
      ]),
    )
    .digest("hex");
}
