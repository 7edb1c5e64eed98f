import { type Cidr, formatCidr, parseCidr } from "../node-pool/network";
import { letterOf, ZONE_LETTERS } from "./zones";

/** The two subnets of one zone, in CIDR form. */
export interface ZoneSubnets {
  zone: string;
  /** For load balancers, NAT gateways and a bastion. */
  public: string;
  /** For machines and, on EKS, pods: four times as large. */
  private: string;
}

/** AWS gives a VPC at most a /16. */
const LARGEST = 16;

/** A public subnet is 64th of the VPC, and AWS makes none smaller than a /28. */
const SMALLEST = 22;

/** Bits behind the VPC's prefix that number the private subnets: the lower half of the VPC, one eighth a zone. */
const PRIVATE_BITS = 4;

/** The same for the public ones: the eighth behind the middle, one eighth of that a zone. */
const PUBLIC_BITS = 6;

/** What is wrong with a VPC's network, or nothing. */
export function vpcCidrProblem(cidr: string): string | undefined {
  let parsed: Cidr;
  try {
    parsed = parseCidr(cidr);
  } catch (error) {
    return (error as Error).message;
  }
  const { prefixLength } = parsed;
  if (prefixLength >= LARGEST && prefixLength <= SMALLEST) return undefined;
  return `"${cidr}": a VPC of this component is a /${LARGEST} to a /${SMALLEST}`;
}

/**
 * Where the subnets of a VPC lie. A zone's place follows from its letter alone: another zone, or another order of
 * them, moves none. The last three eighths of the VPC stay free for what a site adds by hand.
 *
 * @throws when the network is no CIDR of a size that does, or a zone has no letter.
 */
export function planSubnets(cidr: string, zones: readonly string[]): ZoneSubnets[] {
  const problem = vpcCidrProblem(cidr);
  if (problem !== undefined) throw new Error(problem);
  const vpc = parseCidr(cidr);
  return zones.map((zone) => {
    const slot = slotOf(zone);
    return {
      zone,
      public: part(vpc, PUBLIC_BITS, 2 ** (PUBLIC_BITS - 1) + slot),
      private: part(vpc, PRIVATE_BITS, slot),
    };
  });
}

function slotOf(zone: string): number {
  const letter = letterOf(zone);
  if (letter === "") throw new Error(`zone "${zone}": not a zone of a region; write it like eu-central-1a`);
  return ZONE_LETTERS.indexOf(letter);
}

/** The network number `index` of those that have `bits` more bits in their prefix. */
function part(whole: Cidr, bits: number, index: number): string {
  const prefixLength = whole.prefixLength + bits;
  return formatCidr({ base: whole.base + index * 2 ** (32 - prefixLength), prefixLength });
}
