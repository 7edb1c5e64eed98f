import type { NodeArtifact } from "../components/cluster";
import { findPin } from "./pins";
import type { Architecture } from "./toolchain/architecture";
import { versions } from "./versions";

/**
 * Where a machine that is no node yet gets its binaries from, checked downloads all of them.
 *
 * Empty for a Kubernetes release without published checksums here: its machines must bring the binaries along.
 */
export function nodeBinaries(kubernetesVersion: string, architecture: Architecture): NodeArtifact[] {
  const wanted = [
    ["kubelet", kubernetesVersion],
    ["kubeadm", kubernetesVersion],
    ["cni-plugins", versions.cniPlugins],
  ] as const;
  const found = wanted.flatMap(([name, version]) => {
    const pin = findPin(name, version, architecture);
    return pin ? [{ name, url: pin.url, sha256: pin.sha256 }] : [];
  });
  return found.length === wanted.length ? found : [];
}
