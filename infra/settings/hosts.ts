import type { Parser } from "./parse";
import type { Host } from "./schema";

const ALLOWED =
  'a list of {"address": "…", "hostKey": "ssh-ed25519 AAAA…"} with optional "name" (DNS label), "number" (0 to 4095, by default the place in the list), "port", "user", and "internalAddress", the IPv4 address that the other machines use, which must be given when "address" is a DNS name; no other fields, names and numbers unique';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const HOST_KEY = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]+( .*)?$/;
const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;
/** A /24 for each in the widest network of pods. */
const MACHINES = 4096;
const FIELDS = ["name", "address", "internalAddress", "port", "user", "hostKey", "number"];

/** The machines of an ssh pool, as JSON text. */
export const parseHosts: Parser<Host[]> = (raw) => {
  let list: unknown;
  try {
    list = JSON.parse(raw);
  } catch {
    return { allowed: ALLOWED };
  }
  if (!Array.isArray(list)) return { allowed: ALLOWED };
  const hosts = list.map((entry, index) => parseHost(entry, index));
  if (!hosts.every((host) => host !== undefined)) return { allowed: ALLOWED };
  const each = (value: (host: Host, index: number) => unknown): number => new Set(hosts.map(value)).size;
  const unique =
    each(({ name }) => name) === hosts.length && each(({ number }, index) => number ?? index) === hosts.length;
  return unique ? { value: hosts } : { allowed: ALLOWED };
};

/** The comment says nothing about the key, and a change of it is no change of the machine. */
const withoutComment = (hostKey: string): string => hostKey.split(" ").slice(0, 2).join(" ");

function parseHost(entry: unknown, index: number): Host | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  if (Object.keys(entry).some((field) => !FIELDS.includes(field))) return undefined;
  const { name = `node-${index}`, address, port = 22, user = "root", hostKey } = entry as Partial<Host>;
  const { internalAddress = address, number } = entry as Partial<Host>;
  const valid =
    typeof name === "string" &&
    LABEL.test(name) &&
    typeof address === "string" &&
    /^[A-Za-z0-9.:-]+$/.test(address) &&
    typeof internalAddress === "string" &&
    IPV4.test(internalAddress) &&
    Number.isInteger(port) &&
    port > 0 &&
    port < 65536 &&
    typeof user === "string" &&
    /^[a-z_][a-z0-9_-]*$/.test(user) &&
    (number === undefined || (Number.isInteger(number) && number >= 0 && number < MACHINES)) &&
    typeof hostKey === "string" &&
    HOST_KEY.test(hostKey);
  const own = number === undefined ? {} : { number };
  return valid ? { name, ...own, address, internalAddress, port, user, hostKey: withoutComment(hostKey) } : undefined;
}
