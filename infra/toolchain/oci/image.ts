import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import { tar } from "../../../components/archive";
import { type LayerEntry, layerEntries } from "./layer";

const gzip = promisify(gzipCallback);

/** What an image is made of; nothing else (no time, no host name) enters its bytes. */
export interface ImageSpec {
  /** Full references with registry and tag: `registry.k8s.io/pause:3.10`. More than one name gives one image. */
  names: readonly string[];
  /** Lowest layer first. */
  layers: readonly (readonly LayerEntry[])[];
  /** Default: linux on this host's architecture. */
  platform?: Platform;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  /** `KEY=value` each. Default: only PATH, as every image builder sets it. */
  env?: readonly string[];
  workingDir?: string;
  user?: string;
  /** Folders that a container gets outside the image's layers, on a file system of its host. Default: none. */
  volumes?: readonly string[];
  /** Signal that asks the process to stop, say `SIGKILL` for one that ignores SIGTERM. */
  stopSignal?: string;
  labels?: Readonly<Record<string, string>>;
  /** Annotations of the manifest; this is where `buildah --annotation` puts them. */
  annotations?: Readonly<Record<string, string>>;
  /** Annotations of the config's descriptor inside the manifest. */
  configAnnotations?: Readonly<Record<string, string>>;
  /** `none` makes larger files that import faster. Default: `gzip`. */
  compression?: "gzip" | "none";
}

export interface Platform {
  os: string;
  /** In Go's words: `amd64`, `arm64`. */
  architecture: string;
  variant?: string;
}

export interface Descriptor {
  mediaType: string;
  /** `sha256:` and the hash. */
  digest: string;
  size: number;
  annotations?: Readonly<Record<string, string>>;
  platform?: Platform;
}

/** An image as blobs, ready to be put into an archive or pushed. */
export interface EncodedImage {
  names: readonly string[];
  manifest: Descriptor;
  config: Descriptor;
  layers: readonly Descriptor[];
  /** Content of every descriptor above, by digest. */
  blobs: ReadonlyMap<string, Uint8Array>;
}

const TYPE = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Fixed, because the time of a build is no part of what was built. */
const CREATED = "1970-01-01T00:00:00Z";

/** This host's architecture in Go's words. */
export function hostPlatform(architecture: string = process.arch): Platform {
  return { os: "linux", architecture: architecture === "x64" ? "amd64" : architecture };
}

/**
 * Encodes an image. Equal specs and equal file contents give equal digests.
 *
 * @throws when a name has no tag, or a layer cannot be made (see `layerEntries`).
 */
export async function encodeImage(spec: ImageSpec): Promise<EncodedImage> {
  for (const name of spec.names) referenceTag(name);
  if (spec.names.length === 0) throw new Error("an image needs at least one name");
  const blobs = new Map<string, Uint8Array>();
  const keep = (mediaType: string, data: Uint8Array): Descriptor => {
    const digest = sha256(data);
    blobs.set(digest, data);
    return { mediaType, digest, size: data.length };
  };
  const diffIds: string[] = [];
  const layers: Descriptor[] = [];
  for (const layer of spec.layers) {
    const plain = tar(await layerEntries(layer));
    diffIds.push(sha256(plain));
    if (spec.compression === "none") layers.push(keep(TYPE.layer, plain));
    else layers.push(keep(`${TYPE.layer}+gzip`, await gzip(plain, { level: 1 })));
  }
  const config: Descriptor = {
    ...keep(TYPE.config, json(imageConfig(spec, diffIds))),
    ...annotated(spec.configAnnotations),
  };
  const manifest = keep(
    TYPE.manifest,
    json({ schemaVersion: 2, mediaType: TYPE.manifest, config, layers, ...annotated(spec.annotations) }),
  );
  return {
    names: spec.names,
    manifest: { ...manifest, platform: spec.platform ?? hostPlatform() },
    config,
    layers,
    blobs,
  };
}

function imageConfig(spec: ImageSpec, diffIds: readonly string[]): object {
  return {
    created: CREATED,
    ...(spec.platform ?? hostPlatform()),
    config: {
      User: spec.user,
      Env: spec.env ?? [DEFAULT_PATH],
      Entrypoint: spec.entrypoint,
      Cmd: spec.cmd,
      WorkingDir: spec.workingDir ?? "/",
      Volumes: spec.volumes ? Object.fromEntries([...spec.volumes].sort().map((path) => [path, {}])) : undefined,
      Labels: spec.labels ? sorted(spec.labels) : undefined,
      StopSignal: spec.stopSignal,
    },
    rootfs: { type: "layers", diff_ids: diffIds },
    history: diffIds.map(() => ({ created: CREATED })),
  };
}

/**
 * The tag of a full reference.
 *
 * @throws when the reference has none.
 */
export function referenceTag(name: string): string {
  const tag = /^[^@\s]*\/[^@\s]*:([\w][\w.-]{0,127})$/.exec(name)?.[1];
  if (tag === undefined)
    throw new Error(`image name "${name}" is not registry/repository:tag; give the full name with its tag`);
  return tag;
}

function annotated(annotations: Readonly<Record<string, string>> | undefined): {
  annotations?: Readonly<Record<string, string>>;
} {
  return annotations ? { annotations: sorted(annotations) } : {};
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function sha256(data: Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}
