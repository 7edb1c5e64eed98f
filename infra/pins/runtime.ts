import type { Pin } from "./pin";

/** What the runtime payload is made from. */
export const runtime: readonly Pin[] = [
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
];
