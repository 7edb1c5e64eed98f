import { readFileSync } from "node:fs";
import {
  type Cidr,
  chooseNetwork,
  formatCidr,
  type NetworkPlan,
  overlaps,
  parseCidr,
  planNetwork,
} from "../../../components/node-pool/network";
import { writeAtomically } from "../../atomic";
import { bridgeName, machinesRoot, networkFile, networkSeed } from "./layout";
import { recordedNetworks, withFolder } from "./state";

export interface Route {
  device: string;
  network: Cidr;
}

/** Reads the text of /proc/net/route; the default route is left out. */
export function parseRoutes(text: string): Route[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [device, destination, , , , , , mask] = line.trim().split(/\s+/);
      if (!device || !destination || !mask || /^0+$/.test(mask)) return [];
      const bits = littleEndian(mask).toString(2).replaceAll("0", "").length;
      return [{ device, network: { base: littleEndian(destination), prefixLength: bits } }];
    });
}

const littleEndian = (hex: string): number => Buffer.from(hex, "hex").readUInt32LE(0);

const hostRoutes = (): Route[] => parseRoutes(readFileSync("/proc/net/route", "utf8"));

/**
 * The network of a stack's machines: the recorded one while the stack has machines, else one that is free on
 * this host. Asking changes nothing; the choice is recorded when the first machine is made.
 *
 * @param avoid other networks that the stack uses, its pods' and services'
 * @param range private range to choose from. Default 10.213.0.0/16
 * @throws when the range is no CIDR or has nothing free.
 */
export function stackNetwork(stack: string, avoid: readonly string[] = [], range?: string): NetworkPlan {
  const recorded = recordedNetworks();
  const own = recorded.find((entry) => entry.stack === stack);
  if (own) return planNetwork(own.network);
  const routes = hostRoutes().filter((route) => route.device !== bridgeName(stack));
  return chooseNetwork(
    networkSeed(stack),
    [...routes.map((route) => formatCidr(route.network)), ...recorded.map((entry) => entry.network), ...avoid],
    range,
  );
}

/**
 * Records a stack's network for as long as it has machines.
 *
 * @throws when the stack already has another one, or when anything else on this host uses it.
 */
export async function claimNetwork(stack: string, network: string): Promise<void> {
  await withFolder(machinesRoot(), async () => {
    const recorded = recordedNetworks();
    const own = recorded.find((entry) => entry.stack === stack);
    if (own?.network === network) return;
    if (own)
      throw new Error(
        `network ${network}: stack ${stack} has machines in ${own.network}; keep that, or run down first`,
      );
    const wanted = parseCidr(network);
    const other = recorded.find((entry) => overlaps(wanted, parseCidr(entry.network)));
    if (other)
      throw new Error(`network ${network}: stack ${other.stack} took ${other.network} meanwhile; run this again`);
    const route = hostRoutes().find((each) => each.device !== bridgeName(stack) && overlaps(wanted, each.network));
    if (route)
      throw new Error(
        `network ${network}: this host reaches ${formatCidr(route.network)} through ${route.device}; choose another network`,
      );
    writeAtomically(networkFile(stack), JSON.stringify({ network }));
  });
}
