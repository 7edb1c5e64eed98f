import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInRoot } from "../../local/image/confined";
import { debootstrap } from "../../local/image/debootstrap";
import { CRUN_BUILD_PACKAGES } from "../../local/image/packages";
import type { Artifact } from "../store";

/** Debian suite that has WasmEdge; the payload brings that suite's C library along, so machines may be older. */
export const SUITE = "trixie";

const PACKAGES = [...CRUN_BUILD_PACKAGES, "ca-certificates", "patchelf", "python3-minimal"].sort();

const WASMEDGE_PACKAGES = ["libwasmedge-dev"];

/** Bumped when the way of making the root changes. */
const RECIPE = "1";

/** A Debian root in `root/` with compiler, libraries and WasmEdge, for building the payload; never run elsewhere. */
export function builderRoot(): Artifact {
  return {
    name: "payload-builder",
    title: `Debian ${SUITE} for building the node runtime`,
    inputs: [RECIPE, SUITE, process.arch, ...PACKAGES, ...WASMEDGE_PACKAGES],
    async produce(into, context) {
      const { log, step, signal } = context;
      const root = join(into, "root");
      await debootstrap({ suite: SUITE, packages: PACKAGES }, root, context);
      step.update("WasmEdge's packages");
      writeFileSync(
        join(root, "etc/apt/apt.conf.d/90builder"),
        'APT::Install-Recommends "false";\nAPT::Sandbox::User "root";\n',
      );
      const mirrors = join(root, "etc/apt/sources.list");
      const binaries = readFileSync(mirrors, "utf8");
      writeFileSync(mirrors, binaries + binaries.replace(/^deb /gm, "deb-src "));
      // debootstrap cannot resolve a dependency on a virtual package; apt can.
      await runInRoot(root, ["apt-get", "-q", "update"], { log, signal });
      const env = { DEBIAN_FRONTEND: "noninteractive" };
      await runInRoot(root, ["apt-get", "-q", "-y", "install", ...WASMEDGE_PACKAGES], { log, signal, env });
      return { source: "debootstrap" };
    },
  };
}
