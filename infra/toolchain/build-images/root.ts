import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInRoot } from "../../local/image/confined";
import { debootstrap } from "../../local/image/debootstrap";
import { TRIMMED } from "../../local/image/packages";
import { versions } from "../../versions";
import type { Artifact } from "../store";

/**
 * What the images are taken from. `whois` has mkpasswd; netavark by name, because debootstrap does not see that it is
 * one of the network stacks that buildah's package asks for.
 */
const PACKAGES = ["buildah", "ca-certificates", "docker-registry", "git", "netavark", "openssh-client", "whois"];

/** Bumped when the way of making the root changes. */
const RECIPE = "1";

/** A Debian root in `root/` with buildah and docker-registry, and the versions of its packages in `packages.txt`. */
export function buildImagesRoot(): Artifact {
  const suite = versions.buildah.debianSuite;
  return {
    name: "build-images-root",
    title: `Debian ${suite} with buildah and docker-registry`,
    inputs: [RECIPE, suite, process.arch, ...PACKAGES],
    async produce(into, context) {
      const root = join(into, "root");
      await debootstrap({ suite, packages: PACKAGES }, root, context);
      const { stdout } = await runInRoot(root, ["dpkg-query", "-W"]);
      writeFileSync(join(into, "packages.txt"), stdout);
      for (const folder of TRIMMED) rmSync(join(root, folder), { recursive: true, force: true });
      return { source: "debootstrap" };
    },
  };
}

/**
 * Version of a package by the text of `packages.txt`, without Debian's own part: `1.28.2`.
 *
 * @throws when the package is not there.
 */
export function upstreamVersion(packages: string, name: string): string {
  const version = packages
    .split("\n")
    .map((line) => line.split("\t"))
    .find(([found]) => found === name)?.[1];
  if (version === undefined) throw new Error(`package ${name} is not in the root that images are made from`);
  return version.replace(/^\d+:/, "").replace(/[+-].*$/, "");
}
