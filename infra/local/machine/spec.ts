import { machineNameProblem, stackNameProblem } from "../../../components/node-pool/names";
import { contains, parseAddress, parseCidr } from "../../../components/node-pool/network";
import type { MachineSpec } from "../../../components/node-pool/spec";

const PUBLIC_KEY = /^ssh-ed25519 [A-Za-z0-9+/]+=*( [^\r\n]*)?$/;

/** Names go into mount options, where these characters separate. */
const MOUNT_SEPARATORS = /[:,\\]/;

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/**
 * Reads a machine's specification, the JSON text that `create` gets.
 *
 * @throws one error that lists every mistake; it never shows a private key.
 */
export function parseSpec(text: string): MachineSpec {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error("the machine's specification on standard input is not JSON; see `ofwasm-machine --help`");
  }
  const problems = isObject(parsed) ? specProblems(parsed) : ["not a JSON object"];
  if (problems.length > 0) throw new Error(`the machine's specification is not usable:\n- ${problems.join("\n- ")}`);
  return parsed as MachineSpec;
}

/** Every mistake in a specification, in words. */
export function specProblems(spec: Fields): string[] {
  const problems: string[] = [];
  const text = (key: string): string => {
    const value = spec[key];
    if (typeof value === "string" && value !== "") return value;
    problems.push(`${key}: missing; give a text`);
    return "";
  };
  const stack = text("stack");
  const name = text("name");
  for (const problem of [stack && stackNameProblem(stack), name && machineNameProblem(name)])
    if (problem) problems.push(problem);
  problems.push(...networkProblems(text("network"), { address: text("address"), gateway: text("gateway") }));
  const image = text("image");
  if (image && (!image.startsWith("/") || MOUNT_SEPARATORS.test(image)))
    problems.push(`image "${image}": give an absolute path without colon, comma or backslash`);
  const key = spec.hostKey;
  if (!isObject(key) || typeof key.privateKey !== "string" || !key.privateKey.includes("PRIVATE KEY"))
    problems.push("hostKey.privateKey: not a private key in OpenSSH form; make a pair with `ofwasm-machine keys`");
  if (!isObject(key) || typeof key.publicKey !== "string" || !PUBLIC_KEY.test(key.publicKey))
    problems.push("hostKey.publicKey: not an ssh-ed25519 public key");
  const authorized = text("authorizedKey");
  if (authorized && !/^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( [^\r\n]*)?$/.test(authorized))
    problems.push("authorizedKey: not one public key in authorized_keys form");
  problems.push(...limitProblems(spec));
  return problems;
}

function networkProblems(network: string, members: Record<string, string>): string[] {
  if (!network) return [];
  try {
    const cidr = parseCidr(network);
    return Object.entries(members).flatMap(([key, value]) => {
      const address = parseAddress(value);
      if (!value || (address !== undefined && contains(cidr, address))) return [];
      return [`${key} "${value}": not an IPv4 address in ${network}`];
    });
  } catch (error) {
    return [(error as Error).message];
  }
}

function limitProblems(spec: Fields): string[] {
  const problems: string[] = [];
  const memory = spec.memoryMiB;
  if (memory !== undefined && !(Number.isInteger(memory) && (memory as number) >= 512))
    problems.push(`memoryMiB ${JSON.stringify(memory)}: give a whole number of MiB, at least 512, or leave it out`);
  const cpus = spec.cpus;
  if (cpus !== undefined && !(typeof cpus === "number" && cpus >= 0.1))
    problems.push(`cpus ${JSON.stringify(cpus)}: give a number of processors, at least 0.1, or leave it out`);
  return problems;
}
