import { createHash } from "node:crypto";

/** One IPv4 network: first address as a number, and how many leading bits it shares. */
export interface Cidr {
  base: number;
  prefixLength: number;
}

/** Where the machines of one stack live: one layer-2 network, the host's own address in it is the gateway. */
export interface NetworkPlan {
  /** The stack's network in CIDR form: `10.213.7.0/24`. */
  network: string;
  prefixLength: number;
  /** First usable address: the bridge's, so the host's. */
  gateway: string;
}

/** Private range that stacks take their networks from: one /24 each. Another is a setting of the program. */
export const DEFAULT_RANGE = "10.213.0.0/16";

/** Size of one stack's network. */
const STACK_PREFIX_LENGTH = 24;

/** Host number of machine 0; the numbers below it are the gateway and room for what a site adds by hand. */
const FIRST_MACHINE = 10;

/** Parses `a.b.c.d`; `undefined` when it is not an IPv4 address. */
export function parseAddress(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/**
 * Parses `a.b.c.d/n` and insists on the network's own address.
 *
 * @throws when it is no CIDR, or has bits set behind the prefix.
 */
export function parseCidr(text: string): Cidr {
  const [address = "", length = ""] = text.split("/");
  const base = parseAddress(address);
  const prefixLength = /^\d{1,2}$/.test(length) ? Number(length) : 33;
  if (base === undefined || prefixLength > 32 || text.split("/").length !== 2)
    throw new Error(`network "${text}": not an IPv4 network in CIDR form; write it like ${DEFAULT_RANGE}`);
  const size = 2 ** (32 - prefixLength);
  if (base % size !== 0)
    throw new Error(
      `network "${text}": has host bits set; write ${formatAddress(base - (base % size))}/${prefixLength}`,
    );
  return { base, prefixLength };
}

export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.base)}/${cidr.prefixLength}`;

const sizeOf = (cidr: Cidr): number => 2 ** (32 - cidr.prefixLength);

/** True when the two networks share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + sizeOf(b) && b.base < a.base + sizeOf(a);
}

/** True when the network holds the address. */
export function contains(cidr: Cidr, address: number): boolean {
  return address >= cidr.base && address < cidr.base + sizeOf(cidr);
}

/**
 * Chooses a stack's network: the one that its seed hashes to, else the next free one.
 *
 * The same seed gets the same network as long as that is free, so previews and re-runs agree.
 *
 * @param seed stack name, with whatever else tells it from its namesakes on this host
 * @param taken networks in use: the host's routes and the other stacks'
 * @param range where to choose from. Default 10.213.0.0/16
 * @throws when the range is smaller than one stack's network, or none in it is free.
 */
export function chooseNetwork(seed: string, taken: readonly string[], range: string = DEFAULT_RANGE): NetworkPlan {
  const from = parseCidr(range);
  if (from.prefixLength > STACK_PREFIX_LENGTH)
    throw new Error(`network range "${range}": a stack needs a /${STACK_PREFIX_LENGTH}; give a larger private range`);
  const used = taken.map(parseCidr);
  const count = 2 ** (STACK_PREFIX_LENGTH - from.prefixLength);
  const start = createHash("sha256").update(seed).digest().readUInt32BE(0) % count;
  for (let step = 0; step < count; step++) {
    const base = from.base + ((start + step) % count) * 2 ** (32 - STACK_PREFIX_LENGTH);
    const candidate: Cidr = { base, prefixLength: STACK_PREFIX_LENGTH };
    if (!used.some((other) => overlaps(candidate, other))) return planNetwork(formatCidr(candidate));
  }
  throw new Error(
    `network range "${range}": all ${count} networks of size /${STACK_PREFIX_LENGTH} are in use on this host; free one or give another private range`,
  );
}

/**
 * Reads a network given by hand as a plan.
 *
 * @throws when it is no CIDR or has no room for one machine.
 */
export function planNetwork(network: string): NetworkPlan {
  const cidr = parseCidr(network);
  if (machineCapacity(cidr) < 1)
    throw new Error(`network "${network}": no room for a machine; use a /24, at most a /28`);
  return { network, prefixLength: cidr.prefixLength, gateway: formatAddress(cidr.base + 1) };
}

/** How many machines fit; the last address of a network is its broadcast address. */
export function machineCapacity(cidr: Cidr): number {
  return Math.max(0, sizeOf(cidr) - 1 - FIRST_MACHINE);
}

/**
 * Address of machine `index`; never depends on how many machines there are.
 *
 * @throws when the network has no address for that index.
 */
export function machineAddress(plan: NetworkPlan, index: number): string {
  const cidr = parseCidr(plan.network);
  const capacity = machineCapacity(cidr);
  if (!Number.isInteger(index) || index < 0 || index >= capacity)
    throw new Error(
      `machine number ${index}: network ${plan.network} has addresses for machines 0 to ${capacity - 1}; use fewer machines or a larger network`,
    );
  return formatAddress(cidr.base + FIRST_MACHINE + index);
}
