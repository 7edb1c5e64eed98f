import { outputNames, resourceUrns } from "../../engine/resources";
import { type Engine, engineCall, PROJECT, type Session } from "../../engine/session";
import { markerOf } from "../../marker";
import { versions } from "../../versions";

/**
 * Looks at the stack's cluster before the engine does anything to it; drawbacks go to the terminal. Asks nothing
 * where no layer is named, and where there is no cluster yet.
 *
 * @throws ClusterRefusedError with all that is in the way of the platform
 */
export async function admitCluster(session: Session, engine: Engine): Promise<void> {
  const { settings, stack, files } = session;
  const { platform: layers, platformExisting: existing, envoyService } = settings;
  if (layers.length + existing.length === 0 || !outputNames(files).includes("kubeconfig")) return;
  const [{ clusterPreflight }, { platformObjects }, { streamProgress }] = await Promise.all([
    import("../../preflight/cluster/index.js"),
    import("../../artifacts.js"),
    import("../../toolchain/progress.js"),
  ]);
  const [kubeconfig, objects] = await Promise.all([
    engineCall(session, engine, ["stack", "output", "kubeconfig", "--show-secrets", "--stack", stack]),
    platformObjects(settings, streamProgress()),
  ]);
  const drawbacks = await clusterPreflight(kubeconfig, {
    marker: markerOf(PROJECT, stack),
    layers,
    existing,
    objects,
    owned: ownedNames(resourceUrns(files)),
    envoyService,
    openfunction: versions.openfunction,
  });
  for (const line of drawbacks) process.stderr.write(`warning: ${line}\n`);
}

/** `Kind name` of each Kubernetes object without a namespace; names of resources end in those of objects. */
export function ownedNames(urns: readonly string[]): Set<string> {
  const owned = urns.flatMap((urn) => {
    const [, , types = "", ...name] = urn.split("::");
    const type = types.split("$").at(-1) ?? "";
    if (!type.startsWith("kubernetes:")) return [];
    return `${type.split(":").at(-1)} ${name.join("::").split(":").at(-1)}`;
  });
  return new Set(owned);
}
