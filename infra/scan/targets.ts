/** One machine whose host key is asked for. */
export interface Target {
  /** Absent: the first free `node-N`. */
  name?: string;
  /** Address or DNS name. */
  address: string;
  port: number;
  user: string;
}

/** What holds for each machine that says nothing else. */
export type TargetDefaults = Pick<Target, "port" | "user">;

const TARGET =
  /^(?:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)=)?(?:([a-z_][a-z0-9_-]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?$/;

export const TARGET_FORM = "[NAME=][USER@]ADDRESS[:PORT]";

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

/** Reads machines as the command line names them; what is wrong with any of them is in `problems`, a line each. */
export function readTargets(
  words: readonly string[],
  defaults: TargetDefaults,
): { targets: Target[]; problems: string[] } {
  const targets: Target[] = [];
  const problems: string[] = [];
  for (const word of words) {
    const [, name, user = defaults.user, address = "", port = String(defaults.port)] = TARGET.exec(word) ?? [];
    if (address === "" || !isPort(Number(port))) {
      problems.push(`${word}: a machine is written as ${TARGET_FORM}, its port from 1 to 65535`);
      continue;
    }
    const target = { ...(name === undefined ? {} : { name }), address, port: Number(port), user };
    if (targets.some((one) => sameSshd(one, target))) problems.push(`${word}: ${place(target)} is there twice`);
    targets.push(target);
  }
  return { targets, problems };
}

/** Who answers there: a machine's other names and users do not make it another one. */
export const sameSshd = (one: Pick<Target, "address" | "port">, other: Pick<Target, "address" | "port">): boolean =>
  one.address === other.address && one.port === other.port;

/** `192.0.2.1`, with its port when that is not SSH's own. */
export const place = ({ address, port }: Pick<Target, "address" | "port">): string =>
  port === 22 ? address : `${address}:${port}`;
