import { versions } from "../versions";
import type { Architecture } from "./architecture";
import { goArtifact } from "./go-build";
import { officialFiles } from "./official";
import type { Artifact } from "./store";

/** Everything of Kubernetes that a machine runs, and kubectl. */
export const KUBERNETES_BINARIES = [
  "kube-apiserver",
  "kubelet",
  "kube-controller-manager",
  "kube-scheduler",
  "kubeadm",
  "kube-proxy",
  "kubectl",
] as const;

/** `bin/` with the Kubernetes binaries, for machines of that architecture. */
export function kubernetesBinaries(architecture?: Architecture): Artifact {
  const version = versions.kubernetes.module;
  const [major, minor] = version.split(".");
  const variables = Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((target) => [
      [`${target}.gitVersion`, `v${version}`],
      [`${target}.gitMajor`, String(major)],
      [`${target}.gitMinor`, String(minor)],
      // Not built from a git checkout: the proxy serves an archive of the tag.
      [`${target}.gitTreeState`, "archive"],
    ]),
  );
  return goArtifact("kubernetes", `Kubernetes ${version}`, {
    module: "kubernetes",
    binaries: Object.fromEntries(KUBERNETES_BINARIES.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
    variables,
    architecture,
  });
}

/** `bin/etcd`. */
export function etcdBinary(architecture?: Architecture): Artifact {
  return goArtifact(
    "etcd",
    `etcd ${versions.etcd}`,
    { module: "etcd", binaries: { etcd: "." }, architecture },
    officialFiles("etcd", versions.etcd, ["etcd"], architecture),
  );
}

/** `bin/etcdutl`, which makes etcd's data out of a snapshot. For this host. */
export function etcdutlBinary(): Artifact {
  return goArtifact(
    "etcdutl",
    `etcdutl ${versions.etcd}`,
    { module: "etcdutl", binaries: { etcdutl: "go.etcd.io/etcd/etcdutl/v3" } },
    officialFiles("etcd", versions.etcd, ["etcdutl"]),
  );
}

/** `bin/coredns`. */
export function corednsBinary(architecture?: Architecture): Artifact {
  return goArtifact("coredns", `CoreDNS ${versions.coredns}`, {
    module: "coredns",
    binaries: { coredns: "github.com/coredns/coredns" },
    architecture,
  });
}

/** `bin/flanneld`, which carries pod traffic between machines that are not on one link. For this host's architecture. */
export function flannelBinary(): Artifact {
  return goArtifact("flannel", `flannel ${versions.flannel.version}`, {
    module: "flannel",
    binaries: { flanneld: "github.com/flannel-io/flannel" },
    variables: { "github.com/flannel-io/flannel/pkg/version.Version": `v${versions.flannel.version}` },
    // Its udp backend, which nothing here uses, is C on amd64.
    cgo: true,
  });
}

/** `bin/crictl`, with which a machine proves that it runs WebAssembly. */
export function crictlBinary(architecture?: Architecture): Artifact {
  return goArtifact(
    "crictl",
    `crictl ${versions.crictl}`,
    {
      module: "crictl",
      binaries: { crictl: "sigs.k8s.io/cri-tools/cmd/crictl" },
      variables: { "sigs.k8s.io/cri-tools/pkg/version.Version": `v${versions.crictl}` },
      architecture,
    },
    officialFiles("crictl", versions.crictl, ["crictl"], architecture),
  );
}

/** `bin/daprd`, the sidecar of the sample `dapr-state`: Dapr's runtime with its store in memory. For this host's architecture. */
export function daprdBinary(): Artifact {
  return goArtifact("daprd", `Dapr ${versions.dapr} sidecar`, {
    module: "daprd",
    binaries: { daprd: "." },
    variables: { "github.com/dapr/dapr/pkg/buildinfo.version": versions.dapr },
  });
}

/** `bin/helm`, which renders charts at program time. */
export function helmBinary(): Artifact {
  return goArtifact(
    "helm",
    `Helm ${versions.helm}`,
    {
      module: "helm",
      binaries: { helm: "helm.sh/helm/v3/cmd/helm" },
      variables: { "helm.sh/helm/v3/internal/version.version": `v${versions.helm}` },
    },
    officialFiles("helm", versions.helm, ["helm"]),
  );
}

/** `bin/pulumi-language-yaml`, with which a test runs a program in YAML. */
export function yamlLanguageHost(): Artifact {
  return goArtifact("yaml-language-host", `Pulumi's language host for YAML ${versions.yamlLanguageHost}`, {
    module: "yaml-language-host",
    binaries: { "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml" },
  });
}

/** `bin/manifests`, which reads YAML as Kubernetes does and writes JSON. */
export function manifestsBinary(): Artifact {
  return goArtifact("manifests", "reader of manifests", { module: "manifests", binaries: { manifests: "." } });
}
