import type { Pin } from "./pin";

/** What this host takes for itself. */
export const toolchain: readonly Pin[] = [
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
    name: "helm",
    version: "3.22.0",
    architecture: "amd64",
    url: "https://get.helm.sh/helm-v3.22.0-linux-amd64.tar.gz",
    sha256: "1e4ab49e429626cf6c6958d914248b78c9730803c2751b87627e171dc800e7bb",
    statedBy: ["kkonstantin08/trafficops:deploy/versions.env@db61c3dd488287b7aea70d9c4c8aa6be2ab318ba"],
    confidence: "medium",
  },
  {
    name: "helm",
    version: "3.22.0",
    architecture: "arm64",
    url: "https://get.helm.sh/helm-v3.22.0-linux-arm64.tar.gz",
    sha256: "f14e804dfee240f55525b667488fe9adca349e63e00c9af634c0beb1421ac310",
    statedBy: ["kkonstantin08/trafficops:deploy/versions.env@db61c3dd488287b7aea70d9c4c8aa6be2ab318ba"],
    confidence: "medium",
  },
];
