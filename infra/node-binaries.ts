import type { NodeArtifact } from "../components/cluster";
import { findPin } from "./pins";
import type { Architecture } from "./toolchain/architecture";
import { isUrl, mirrorUrl } from "./toolchain/mirror";
import { versions } from "./versions";

/**
 * Where a machine that is no node yet gets its binaries from, checked downloads all of them: from a mirror that has an
 * address, and where that does not have them from where they were published.
 *
 * Empty for a Kubernetes release without published checksums here: its machines must bring the binaries along.
 */
export function nodeBinaries(kubernetesVersion: string, architecture: Architecture, mirror?: string): NodeArtifact[] {
  const wanted = [
    ["kubelet", kubernetesVersion],
    ["kubeadm", kubernetesVersion],
    ["cni-plugins", versions.cniPlugins],
  ] as const;
  const found = wanted.flatMap(([name, version]) => {
    const pin = findPin(name, version, architecture);
    return pin
      ? [{ name, sha256: pin.sha256, url: pin.url, ...(isServed(mirror) ? { mirrors: [mirrorUrl(mirror, pin)] } : {}) }]
      : [];
  });
  return found.length === wanted.length ? found : [];
}

/** A folder of this host is nothing that a machine can read. */
const isServed = (mirror?: string): mirror is string => mirror !== undefined && isUrl(mirror);
