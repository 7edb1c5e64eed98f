import type { Lane } from "../../components/function";
import type { Layer } from "../../components/platform";
import type { Mistake, Parser } from "./parse";
import type { Settings } from "./schema";

/** A folder of it, `samples/http-server`, is the sample. */
export interface SampleRepository {
  url: string;
  /** Branch, tag or commit. */
  revision: string;
}

/** Without a login in it: that would lie open in the cluster. */
const REPOSITORY = /^(https?:\/\/[^\s@?#]+)#([^\s#]+)$/;

/** A repository and its revision, which is asked for: without one nobody knows what is served. */
export const repository: Parser<SampleRepository> = (raw) => {
  const [, url, revision] = REPOSITORY.exec(raw) ?? [];
  return url === undefined || revision === undefined
    ? {
        allowed:
          "a git repository over HTTP, no password, no query, with the revision: https://git.example.org/fork#v1",
      }
    : { value: { url, revision } };
};

const WITHOUT = "(not set)";

/** What serves a function in each lane, beside the cluster. */
const LAYER: Readonly<Partial<Record<Lane, Layer>>> = { knative: "knative", openfunction: "openfunction" };

/** Of the only lane that knows replicas. */
const DEFAULT_REPLICAS = 1;

/** What the settings of the sample say that cannot stand together. */
export function sampleMistakes(settings: Settings): Mistake[] {
  return settings.sampleLane === "direct" ? directMistakes(settings) : laneMistakes(settings);
}

function directMistakes({ sample, sampleBuild, sampleRepository }: Settings): Mistake[] {
  return [
    ...(sampleBuild !== undefined && !sample
      ? [{ key: "sampleBuild", value: sampleBuild, allowed: "nothing where sample is false" }]
      : []),
    ...(sampleRepository !== undefined
      ? [
          {
            key: "sampleRepository",
            value: textOf(sampleRepository),
            allowed: "nothing in sampleLane direct, which builds a folder: sampleBuild",
          },
        ]
      : []),
  ];
}

function laneMistakes(settings: Settings): Mistake[] {
  const { sample, sampleLane: lane, sampleBuild, sampleRepository, sampleReplicas, imagePrefix } = settings;
  const there = [...settings.platform, ...settings.platformExisting];
  const layer = LAYER[lane];
  const mistakes: Mistake[] = [];
  if (!sample) mistakes.push({ key: "sampleLane", value: lane, allowed: "direct where sample is false" });
  if (layer !== undefined && !there.includes(layer)) {
    const allowed = `direct, unless platform or platformExisting has the layer ${layer}, which serves it`;
    mistakes.push({ key: "sampleLane", value: lane, allowed });
  }
  if (imagePrefix === undefined) {
    const allowed = `a registry and perhaps a folder in it, from which sampleLane ${lane} pulls`;
    mistakes.push({ key: "imagePrefix", value: WITHOUT, allowed });
  }
  if (sampleRepository !== undefined && !there.includes("buildStrategy")) {
    const allowed = "nothing, unless platform or platformExisting has the layer buildStrategy, which builds it";
    mistakes.push({ key: "sampleRepository", value: textOf(sampleRepository), allowed });
  }
  if (sampleRepository !== undefined && settings.privilegedBuilds) {
    const allowed = "false with sampleRepository: it is built in the namespace of functions, which admits no such step";
    mistakes.push({ key: "privilegedBuilds", value: "true", allowed });
  }
  if (sampleBuild !== undefined) {
    const allowed = `nothing in sampleLane ${lane}, which builds a repository: sampleRepository`;
    mistakes.push({ key: "sampleBuild", value: sampleBuild, allowed });
  }
  if (sampleReplicas !== DEFAULT_REPLICAS) {
    const allowed = `${DEFAULT_REPLICAS} in sampleLane ${lane}, where pods follow the requests`;
    mistakes.push({ key: "sampleReplicas", value: String(sampleReplicas), allowed });
  }
  return mistakes;
}

const textOf = ({ url, revision }: SampleRepository): string => `${url}#${revision}`;

/**
 * What is missing of the registry's login. To be asked where encrypted values are known: elsewhere one half of it may
 * seem to be missing.
 */
export function loginMistakes({
  registryUsername: user,
  registryPassword: word,
}: Pick<Settings, "registryUsername" | "registryPassword">): Mistake[] {
  if ((user === "") === (word === "")) return [];
  if (user === "")
    return [{ key: "registryUsername", value: WITHOUT, allowed: "the user whose password registryPassword is" }];
  const allowed = "the password of registryUsername (pulumi config set --secret registryPassword)";
  return [{ key: "registryPassword", value: WITHOUT, allowed }];
}
