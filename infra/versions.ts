/**
 * Every version this program uses, in one place.
 *
 * A version marked `module` is built from the Go module proxy; the folder `toolchain/modules` locks it and all
 * its dependencies by hash.
 */
export const versions = {
  pulumi: { engine: "3.259.0", languageHost: "3.60.0", kubernetes: "4.34.0", command: "1.2.1" },
  go: { minimum: "1.26.0" },
  kubernetes: { module: "1.34.4" },
  etcd: "3.6.13",
  coredns: "1.11.3",
  rust: { minimum: "1.85.0", toolchain: "1.85.1", debianSuite: "trixie" },
  helm: { module: "3.22.0" },
} as const;
