import { readFileSync } from "node:fs";
import { join } from "node:path";
import { programLayer, SKELETON } from "../../local/image/node-images";
import { encodeImage, type ImageSpec, imageIndex, type LayerEntry, writeStoredImage } from "../oci";
import { type Artifact, artifactKey, ensure } from "../store";
import { buildImagesRoot, upstreamVersion } from "./root";

/** An image of a Debian package: its program with what that one calls, and nothing else of Debian. */
export interface PackageImage {
  /** The artifact's name. */
  name: string;
  /** Debian's package, whose version the image tells. */
  package: string;
  /** Registry and repository. */
  repository: string;
  /** Programs that are called in containers of it; absolute paths in the root. */
  programs: readonly string[];
  /** Files of the root that these programs read, copied as they are. */
  files: readonly string[];
  /** What is not taken from the root. */
  entries?: readonly LayerEntry[];
  image?: Omit<ImageSpec, "names" | "layers">;
}

/** Bumped when the way of making the images changes. */
const RECIPE = "1";

/** Where a program finds the authorities that it trusts. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** `readStoredImage` says what is in the artifact's folder. */
export function packageImage(made: PackageImage): Artifact {
  const root = buildImagesRoot();
  return {
    name: made.name,
    title: `image of ${made.package}`,
    inputs: [RECIPE, JSON.stringify(made), artifactKey(root)],
    async produce(into, context) {
      const { path, source } = await ensure(root, context);
      const version = upstreamVersion(readFileSync(join(path, "packages.txt"), "utf8"), made.package);
      const image = await encodeImage({
        ...made.image,
        names: [`${made.repository}:${version}`],
        layers: [await layer(made, join(path, "root"), context.signal)],
        annotations: { "org.opencontainers.image.version": version },
      });
      writeStoredImage(into, imageIndex(made.repository, [image]));
      return { source: `${source}, ${made.package} ${version}` };
    },
  };
}

async function layer(made: PackageImage, root: string, signal?: AbortSignal): Promise<LayerEntry[]> {
  return [
    ...(await programLayer(root, made.programs, signal)),
    ...[CERTIFICATES, ...made.files].map((path) => ({ path, file: join(root, path) })),
    // Names are looked up by the C library, which asks nobody without this file.
    { path: "/etc/nsswitch.conf", data: "passwd: files\ngroup: files\nhosts: files dns\n" },
    { path: "/usr/bin/sh", link: "dash" },
    ...SKELETON,
    ...(made.entries ?? []),
  ];
}
