/** Architectures of machines, in Go's words; `any` for sources and charts. */
export type PinArchitecture = "amd64" | "arm64" | "any";

/** A file that may be downloaded: where it is and which bytes it must have. */
export interface Pin {
  name: string;
  version: string;
  architecture: PinArchitecture;
  url: string;
  /** SHA-256 of the file, lower-case hex. */
  sha256: string;
  /** Public sources that state the checksum, `owner/repository:path@commit`. */
  statedBy: readonly string[];
  /**
   * high: the publisher's own repository or two unrelated sources state it; medium: one named source;
   * low: not to be used without a check of one's own.
   */
  confidence: "high" | "medium" | "low";
}

/**
 * Published checksums. One is added only when a public source states it; none is computed from a download of
 * ours, except where `statedBy` says so.
 */
export const pins: readonly Pin[] = [
  {
    name: "go",
    version: "1.26.6",
    architecture: "amd64",
    url: "https://go.dev/dl/go1.26.6.linux-amd64.tar.gz",
    sha256: "708effb774be8237570d0add163225abbdfaf4fca28b2611df167beba4feef89",
    statedBy: [
      "cashapp/hermit-packages:go.hcl@f0517fd7532fc6adfd910cfba3ef2b4c59f662db",
      "several unnamed public files",
    ],
    confidence: "high",
  },
  {
    name: "go",
    version: "1.26.6",
    architecture: "arm64",
    url: "https://go.dev/dl/go1.26.6.linux-arm64.tar.gz",
    sha256: "d0507e9e9d7fe012aae570108cbd76c15de879e17130ab8cb90d4d7445cb1f2e",
    statedBy: [
      "cashapp/hermit-packages:go.hcl@f0517fd7532fc6adfd910cfba3ef2b4c59f662db",
      "several unnamed public files",
    ],
    confidence: "high",
  },
  {
    name: "pulumi-cli",
    version: "3.259.0",
    architecture: "amd64",
    url: "https://get.pulumi.com/releases/sdk/pulumi-v3.259.0-linux-x64.tar.gz",
    sha256: "94ba357acac23d01474084c4b00098dc0f7bc70ce13f34c777459254a5f718e5",
    statedBy: [
      "pulumi/homebrew-tap:Formula/pulumi.rb@51fb494f9549f08978388a9994547e46509279af",
      "cashapp/hermit-packages:pulumi.hcl@434a2335ae45c057f05174bcb8ed309e17cbb003",
    ],
    confidence: "high",
  },
  {
    name: "pulumi-cli",
    version: "3.259.0",
    architecture: "arm64",
    url: "https://get.pulumi.com/releases/sdk/pulumi-v3.259.0-linux-arm64.tar.gz",
    sha256: "edc8327463a72160bb36cf82cf5062da9c8a244290a706d9980988e7bf486853",
    statedBy: [
      "pulumi/homebrew-tap:Formula/pulumi.rb@51fb494f9549f08978388a9994547e46509279af",
      "cashapp/hermit-packages:pulumi.hcl@434a2335ae45c057f05174bcb8ed309e17cbb003",
    ],
    confidence: "high",
  },
  {
    name: "pulumi-resource-kubernetes",
    version: "4.34.0",
    architecture: "amd64",
    url: "https://api.pulumi.com/releases/plugins/pulumi-resource-kubernetes-v4.34.0-linux-amd64.tar.gz",
    sha256: "cf1eab51e765ffb3b65a3103a2723fb801224c9765b70a71a1162fdc99984335",
    statedBy: ["waaaaargh/wiedernix:pkgs/by-name/pu/pulumi-bin/data.nix@d0d46b6a8801a1c71bd4fc54c2396ca729cf09eb"],
    confidence: "medium",
  },
  {
    name: "pulumi-resource-kubernetes",
    version: "4.34.0",
    architecture: "arm64",
    url: "https://api.pulumi.com/releases/plugins/pulumi-resource-kubernetes-v4.34.0-linux-arm64.tar.gz",
    sha256: "aa6a9b1503da9a07f28f63e74be12eefa9dfd64b74467ee01b3ac0729085d7f0",
    statedBy: ["waaaaargh/wiedernix:pkgs/by-name/pu/pulumi-bin/data.nix@d0d46b6a8801a1c71bd4fc54c2396ca729cf09eb"],
    confidence: "medium",
  },
  {
    name: "crun-source",
    version: "1.21",
    architecture: "any",
    url: "https://github.com/containers/crun/releases/download/1.21/crun-1.21.tar.gz",
    sha256: "4bfb700e764a4804a4de3ecf07753f4c391005356d60356df65d80ae0914c486",
    statedBy: [
      "kubernetes/minikube:deploy/iso/minikube-iso/package/crun-latest/crun-latest.hash@4cfdc3e0ae942f91253523a1307b79bf1653bf0c",
      "quex-tech/quex-pack:Dockerfile@0fbdd1940d949ddbc3eec9101329225a7e0019ef",
    ],
    confidence: "high",
  },
  {
    name: "wasmedge-source",
    version: "0.14.1",
    architecture: "any",
    url: "https://github.com/WasmEdge/WasmEdge/releases/download/0.14.1/WasmEdge-0.14.1-src.tar.gz",
    sha256: "e5a944975fb949ecda73d6fe80a86507deb2d0a221b2274338807b63758350b4",
    statedBy: [
      "lzwme/homebrew-cn:Formula/w/wasmedge.rb@191af357889ca1213fd5df5a034f3ee2569d8690",
      "duzyn/homebrew-cn:Formula/w/wasmedge.rb@9ed4cec27442bead4b0ab2cad0c75b2d93ec4855",
    ],
    confidence: "medium",
  },
  {
    name: "wasmedge-manylinux2014",
    version: "0.14.1",
    architecture: "amd64",
    url: "https://github.com/WasmEdge/WasmEdge/releases/download/0.14.1/WasmEdge-0.14.1-manylinux2014_x86_64.tar.gz",
    sha256: "a82f9fb01a6a6f1dfbd1cb069dc96d116f22c15cdb01207a5d0e65096055d092",
    statedBy: [
      "WasmEdge/wasmedge-rust-sdk:crates/wasmedge-sys/build.rs@d20da3a95edc263316481c09d871ab54256a9061",
      "conan-io/conan-center-index:recipes/wasmedge/all/conandata.yml@fa9739188f9737d253cea38271b40bd7867aefc3",
      "cashapp/hermit-packages:wasmedge.hcl@d9e94bc482e83bf7e6fc54175b71037657329dfa",
    ],
    confidence: "high",
  },
  {
    name: "wasmedge-manylinux2014",
    version: "0.14.1",
    architecture: "arm64",
    url: "https://github.com/WasmEdge/WasmEdge/releases/download/0.14.1/WasmEdge-0.14.1-manylinux2014_aarch64.tar.gz",
    sha256: "d5ac5c2405ff8a878558379740498e5fe4b126fe746eac585f7efa9bb7f32e28",
    statedBy: [
      "WasmEdge/wasmedge-rust-sdk:crates/wasmedge-sys/build.rs@d20da3a95edc263316481c09d871ab54256a9061",
      "conan-io/conan-center-index:recipes/wasmedge/all/conandata.yml@fa9739188f9737d253cea38271b40bd7867aefc3",
      "cashapp/hermit-packages:wasmedge.hcl@d9e94bc482e83bf7e6fc54175b71037657329dfa",
    ],
    confidence: "high",
  },
  {
    name: "kubelet",
    version: "1.34.11",
    architecture: "amd64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/amd64/kubelet",
    sha256: "4777a226b2ba3c1d656254bcf3f7ad471bf210042f361094216e51ab4fa9b4b6",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubelet",
    version: "1.34.11",
    architecture: "arm64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/arm64/kubelet",
    sha256: "f12879879481e9af46317c2c82a6dba7d59df78ed095e44e0399643df1c4c8ba",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubeadm",
    version: "1.34.11",
    architecture: "amd64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/amd64/kubeadm",
    sha256: "bd3cbe40aff6c7b3b939243ebd80dbd7da207c0e594cfdd434295bf553ea7351",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubeadm",
    version: "1.34.11",
    architecture: "arm64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/arm64/kubeadm",
    sha256: "1365b20b698151f432eb8f5a8ca53f0200e85af32392d31f40ffa901a73b694c",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubectl",
    version: "1.34.11",
    architecture: "amd64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/amd64/kubectl",
    sha256: "8efbb9435132a190920eb65a47a8c1ecf755ad85ab57a600c9bedbab460bb7a8",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "kubectl",
    version: "1.34.11",
    architecture: "arm64",
    url: "https://dl.k8s.io/release/v1.34.11/bin/linux/arm64/kubectl",
    sha256: "5b045a4712674c88a56fd98eef4285689738b7fbe8735e1b9ee3509521af5cb4",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "crictl",
    version: "1.34.0",
    architecture: "amd64",
    url: "https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.34.0/crictl-v1.34.0-linux-amd64.tar.gz",
    sha256: "a8ff2a3edb37a98daf3aba7c3b284fe0aa5bff24166d896ab9ef64c8913c9f51",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "crictl",
    version: "1.34.0",
    architecture: "arm64",
    url: "https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.34.0/crictl-v1.34.0-linux-arm64.tar.gz",
    sha256: "c31d252e203df5f4cf37f314bd3092eb79087e791631c1e607087c74b6d0423f",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "etcd",
    version: "3.6.13",
    architecture: "amd64",
    url: "https://github.com/etcd-io/etcd/releases/download/v3.6.13/etcd-v3.6.13-linux-amd64.tar.gz",
    sha256: "b4928654aed84d90952620c7144555e4186d795e1e7414e65fe0cf6265fd0465",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "etcd",
    version: "3.6.13",
    architecture: "arm64",
    url: "https://github.com/etcd-io/etcd/releases/download/v3.6.13/etcd-v3.6.13-linux-arm64.tar.gz",
    sha256: "5ab53ff70301fa9d782fa4b59fdfc1fae49ffdf427a0afb3cd313a93449800fc",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "2.0.11",
    architecture: "amd64",
    url: "https://github.com/containerd/containerd/releases/download/v2.0.11/containerd-2.0.11-linux-amd64.tar.gz",
    sha256: "249457e108b64f8c44bcf5928acc1d3300253c922414f5a8329a754303019d50",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "2.0.11",
    architecture: "arm64",
    url: "https://github.com/containerd/containerd/releases/download/v2.0.11/containerd-2.0.11-linux-arm64.tar.gz",
    sha256: "a8261bd5cc78cc46f01bbc229320b9781f8c03dcfedcbff25dfd4f12e43e5d74",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "1.7.34",
    architecture: "amd64",
    url: "https://github.com/containerd/containerd/releases/download/v1.7.34/containerd-1.7.34-linux-amd64.tar.gz",
    sha256: "640f989745020ea4897ad0a3d7d977863a7279d3f2e132792fc62c25a45bda50",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "containerd",
    version: "1.7.34",
    architecture: "arm64",
    url: "https://github.com/containerd/containerd/releases/download/v1.7.34/containerd-1.7.34-linux-arm64.tar.gz",
    sha256: "824cbd16af3bdfc1b1836338350630ae1b6a58c7466636a4bed10549790090ab",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "runc",
    version: "1.3.6",
    architecture: "amd64",
    url: "https://github.com/opencontainers/runc/releases/download/v1.3.6/runc.amd64",
    sha256: "3f3921dbbee7723e9868f97e88e51ffc910206e3ba55646e74d93d24ea76023c",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "runc",
    version: "1.3.6",
    architecture: "arm64",
    url: "https://github.com/opencontainers/runc/releases/download/v1.3.6/runc.arm64",
    sha256: "6be27a061ef89bb14c6cb495405bba80f46cea213b8f79378a6086b1bac6b747",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "cni-plugins",
    version: "1.9.1",
    architecture: "amd64",
    url: "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz",
    sha256: "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "cni-plugins",
    version: "1.9.1",
    architecture: "arm64",
    url: "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-arm64-v1.9.1.tgz",
    sha256: "56171987d3947707c3563db2f4001bccaf50fd63468611b9f3cbecb1375ee7ec",
    statedBy: [
      "kubernetes-sigs/kubespray:roles/kubespray_defaults/vars/main/checksums.yml@46dbdd3994b32640bcd806b0097f50e8fdf1d514",
    ],
    confidence: "medium",
  },
  {
    name: "helm",
    version: "3.22.0",
    architecture: "amd64",
    url: "https://get.helm.sh/helm-v3.22.0-linux-amd64.tar.gz",
    sha256: "1e4ab49e429626cf6c6958d914248b78c9730803c2751b87627e171dc800e7bb",
    statedBy: ["copies of the release notes of helm/helm@v3.22.0", "several unnamed public files"],
    confidence: "high",
  },
  {
    name: "helm",
    version: "3.22.0",
    architecture: "arm64",
    url: "https://get.helm.sh/helm-v3.22.0-linux-arm64.tar.gz",
    sha256: "f14e804dfee240f55525b667488fe9adca349e63e00c9af634c0beb1421ac310",
    statedBy: ["copies of the release notes of helm/helm@v3.22.0", "several unnamed public files"],
    confidence: "high",
  },
  {
    name: "chart-openfunction",
    version: "0.7.0",
    architecture: "any",
    url: "https://openfunction.github.io/charts/openfunction-v1.2.0-v0.7.0.tgz",
    sha256: "42d87d218f4da1e5bb65a37cc4f66f715a998b1dc2e9a752c461e5068b6cdde9",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/openfunction-v1.2.0-v0.7.0.tgz@ee223b1c93fe28617640a6afe63c6efdccadde81 (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
  {
    name: "chart-tekton-pipelines",
    version: "0.37.2",
    architecture: "any",
    url: "https://openfunction.github.io/charts/tekton-pipelines-0.37.2.tgz",
    sha256: "90fe5c147a410aa1c26812435704cbcf1891ce2446a8e5f8a3ff62449f736360",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/tekton-pipelines-0.37.2.tgz@97e74b8c27744a70a333ea180232bcb4c59f2c4f (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
  {
    name: "chart-shipwright-build",
    version: "0.10.0",
    architecture: "any",
    url: "https://openfunction.github.io/charts/shipwright-build-0.10.0.tgz",
    sha256: "06820ce8fe0088b3f95086ce38c5aff3069b691d2d5f1210e5bf77e9632a8611",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/shipwright-build-0.10.0.tgz@3fb50b2ac2754acc379925b28622d09bdfd7068e (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
  {
    name: "chart-knative-serving",
    version: "1.3.2",
    architecture: "any",
    url: "https://openfunction.github.io/charts/knative-serving-1.3.2.tgz",
    sha256: "134c3b538f96c25862bf85e72e9bbf0fe12dc3497f1e7f47383ccb902a1abd56",
    statedBy: [
      "OpenFunction/charts:docs/index.yaml@ee223b1c93fe28617640a6afe63c6efdccadde81",
      "OpenFunction/charts:docs/knative-serving-1.3.2.tgz@3fb50b2ac2754acc379925b28622d09bdfd7068e (the archive itself, hashed here)",
    ],
    confidence: "high",
  },
];

/**
 * What has no published checksum, and what that means. This program downloads none of it as a file; machines that are
 * not made here pull the images by tag.
 */
export const unpinned: Readonly<Record<string, string>> = {
  "pulumi-resource-command 1.2.1":
    "no public source states a checksum: taken when installed already, else the embedded one",
  "pulumi-language-nodejs 3.60.0": "comes inside the Pulumi archive; alone it is only built from its Go module",
  "coredns 1.11.3": "its image and archive have no stated checksum: built from its Go module",
  "Debian packages (libwasmedge0, the roots of machines and of builds, apt on this host)":
    "not pinned one by one: apt checks them against the distribution's signed index, and a point release may change them",
  "quay.io/containers/buildah:v1.28.0":
    "no public source states its digest: the ClusterBuildStrategy names it by tag, as OpenFunction's own does",
  "registry.k8s.io images of kubeadm":
    "no public source states their digests for 1.34: local machines carry images that are built here under these names, others pull what kubeadm names by tag",
};

/**
 * The pin of a file.
 *
 * @throws when there is none: a version without a checksum is not downloaded
 */
export function pin(name: string, version: string, architecture: PinArchitecture): Pin {
  const found = findPin(name, version, architecture);
  if (!found) {
    const known = pins.filter((one) => one.name === name).map((one) => `${one.version} ${one.architecture}`);
    throw new Error(
      `${name} ${version} for ${architecture} has no published checksum in infra/pins.ts` +
        `${known.length > 0 ? `; pinned: ${known.join(", ")}` : ""}`,
    );
  }
  return found;
}

/** The pin of a file, if there is one. */
export function findPin(name: string, version: string, architecture: PinArchitecture): Pin | undefined {
  return pins.find(
    (one) =>
      one.name === name && one.version === version && (one.architecture === architecture || one.architecture === "any"),
  );
}
