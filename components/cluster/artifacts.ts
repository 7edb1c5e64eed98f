/** What a machine needs to be a node. */
export type ArtifactName = "kubelet" | "kubeadm" | "cni-plugins";

/** Where one of them comes from, for one processor architecture. */
export interface NodeArtifact {
  name: ArtifactName;
  url: string;
  /** Addresses that are asked before `url`, in this order. Default: none. */
  mirrors?: readonly string[];
  /** SHA-256 of the file, 64 hexadecimal digits. */
  sha256: string;
}

/** What is wrong with a list of artifacts. */
export function artifactProblems(artifacts: readonly NodeArtifact[]): string[] {
  return artifacts.flatMap(({ name, url, mirrors = [], sha256 }) => [
    ...[...mirrors, url].flatMap((one) =>
      /^https?:\/\/\S+$/.test(one) ? [] : [`${name}: "${one}" is not an http(s) address`],
    ),
    ...(/^[0-9a-f]{64}$/.test(sha256) ? [] : [`${name}: "${sha256}" is not a SHA-256 of 64 lower-case digits`]),
  ]);
}

/** Script inputs `artifact_<n>`, read by `install.sh`. */
export function renderArtifacts(artifacts: readonly NodeArtifact[]): Record<string, string> {
  return Object.fromEntries(
    artifacts.map(({ name, url, mirrors = [], sha256 }, index) => [
      `artifact_${index}`,
      [name, sha256, ...mirrors, url].join(" "),
    ]),
  );
}
