import { nodeCapacity, nodePodCidr } from "../../../components/cluster/addresses";
import { inputsOf } from "../../engine/resources";
import type { Session } from "../../engine/session";
import { type Mistake, type Settings, SettingsError } from "../../settings";

/**
 * Refuses a list of hosts that gives a machine of the cluster another number than it has, as happens to those behind a
 * host that is taken out of the middle. Its node would be replaced, and every pod on it with that.
 *
 * @throws SettingsError that names each of them with the number to give it
 */
export function refuseMovedHosts({ settings, files }: Session): void {
  const nodes = inputsOf(files, "kubernetes:core/v1:Node") as unknown as StoredNode[];
  const moved = movedHosts(settings, nodes);
  if (moved.length > 0) throw new SettingsError(moved);
}

interface StoredNode {
  metadata: { name: string };
  spec: { podCIDR: string };
}

/** Hosts that are in the cluster under another number; a node with addresses of another network is not judged here. */
export function movedHosts({ hosts, podCidr }: Pick<Settings, "hosts" | "podCidr">, nodes: StoredNode[]): Mistake[] {
  const every = Array.from({ length: nodeCapacity(podCidr) }, (_, number) => number);
  const numbers = new Map(every.map((number) => [nodePodCidr(podCidr, number), number]));
  return hosts.flatMap((host, place) => {
    const node = nodes.find(({ metadata }) => metadata.name === host.name);
    const has = numbers.get(node?.spec.podCIDR ?? "");
    const wanted = host.number ?? place;
    if (has === undefined || has === wanted) return [];
    const value = `${host.name} as machine number ${wanted}`;
    return [{ key: "hosts", value, allowed: `"number": ${has} for it, which settled the addresses of its pods` }];
  });
}
