import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";
import { type BuildSource, buildPodSpec } from "../platform";
import { type BuildSpec, DEFAULTS } from "./args";
import { CONFIG_MAP_LIMIT, packFolder } from "./pack";

/** Key of the ConfigMap under which the source's archive is. */
const ARCHIVE = "source.tar.gz";

/** Digits of the hash that names a build: no two of a repository's builds will share them. */
const TAG_LENGTH = 16;

/** Digits of the hash that tells Jobs of one tag apart; with them a Job's name has 63 characters at most. */
const POD_LENGTH = 5;

/** Bumped when what a build makes of the same inputs changes in a way that its pod does not show. */
const RECIPE = "1";

/** One build, ready to be declared. */
export interface Build {
  /** Names everything that decides the image: another input, another tag. */
  tag: string;
  /** The image with that tag. */
  reference: string;
  job: { metadata: k8s.types.input.meta.v1.ObjectMeta; spec: k8s.types.input.batch.v1.JobSpec };
  /** The source, where it is a folder. */
  configMap?: {
    metadata: k8s.types.input.meta.v1.ObjectMeta;
    immutable: true;
    binaryData: Readonly<Record<string, string>>;
  };
}

/**
 * The Job that builds an image by the step of the ClusterBuildStrategy `wasmedge`, named by what it builds, for whom and
 * how: as long as the source, the arguments and the step are the same, so is the Job.
 *
 * @throws as `packFolder` does.
 */
export function imageBuild(spec: BuildSpec): Build {
  const { name, namespace, image, source, timeoutSeconds = DEFAULTS.timeoutSeconds } = spec;
  const packed = "folder" in source ? packedFolder(source.folder, spec) : undefined;
  const decides = [RECIPE, image, spec.trigger ?? "", packed?.digest ?? "", pod(withoutPlace(spec), "", "")];
  const tag = hash(decides, TAG_LENGTH);
  const objectName = `${name}-${tag}-${hash([spec.owner ?? "", pod(spec, tag, "")], POD_LENGTH)}`;
  // Not the function's own name: its Service would take the build's pod for one of its own.
  const metadata = { name: objectName, namespace, labels: { "app.kubernetes.io/name": `${name}-build` } };
  return {
    tag,
    reference: `${image}:${tag}`,
    job: {
      metadata: { ...metadata, annotations: { "pulumi.com/replaceUnready": "true" } },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: timeoutSeconds,
        template: { metadata: { labels: metadata.labels }, spec: pod(spec, tag, objectName) },
      },
    },
    ...(packed === undefined
      ? {}
      : { configMap: { metadata, immutable: true, binaryData: { [ARCHIVE]: packed.compressed.toString("base64") } } }),
  };
}

/** What decides the image: not where it is built, nor by which logins, nor what fetches the source. */
function withoutPlace({ credentials: _, nodeSelector: __, source, ...rest }: BuildSpec): BuildSpec {
  if ("folder" in source) return { ...rest, source };
  const { credentials: ___, image: ____, ...commit } = source;
  return { ...rest, source: commit };
}

const packedFolder = (folder: string, { dockerfile = DEFAULTS.dockerfile }: BuildSpec) =>
  packFolder(folder, dockerfile, CONFIG_MAP_LIMIT - ARCHIVE.length);

function pod(spec: BuildSpec, tag: string, configMap: string): k8s.types.input.core.v1.PodSpec {
  const { image, source, dockerfile, buildArgs = {}, registries = {}, credentials, strategy, nodeSelector } = spec;
  const given: BuildSource = "folder" in source ? { configMap, key: ARCHIVE } : source;
  const parameters = {
    "build-args": Object.entries(buildArgs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([argument, value]) => `${argument}=${value}`),
    ...(registries.search === undefined ? {} : { "registries-search": registries.search }),
    "registries-insecure": registries.insecure ?? [],
    "registries-block": registries.block ?? [],
  };
  const values = {
    image: `${image}:${tag}`,
    source: given,
    parameters,
    ...("folder" in source ? {} : { contextDir: source.contextDir }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(strategy === undefined ? {} : { strategy }),
  };
  return {
    ...(buildPodSpec(values) as k8s.types.input.core.v1.PodSpec),
    ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
  };
}

const hash = (inputs: unknown, length: number): string =>
  createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, length);
