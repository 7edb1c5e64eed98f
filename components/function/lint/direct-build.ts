import type { BuildSpec } from "../../image-build/args";
import { buildMistakes } from "../../image-build/check";
import type { FunctionSpec } from "../args";
import { isFolder } from "../build-args";
import { isDirect } from "../description";
import { directBuild } from "../lanes/direct-build";
import { holdsLater } from "../values";
import { mistake, when } from "./argument-checks";
import type { Finding } from "./finding";

/** What a Job asks of a build's arguments beyond what every build does, by the names that they have here. */
const ASKED: Readonly<Record<string, string>> = {
  name: "name",
  image: "image",
  "source.revision": "build.source.revision",
  "source.credentials": "build.source.credentials",
  timeoutSeconds: "build.timeoutSeconds",
};

/** What a build cannot be where a Job of its own makes it, or where Shipwright does. */
export function buildLaneMistakes(spec: FunctionSpec): Finding[] {
  const { build } = spec;
  if (build === undefined) return [];
  return isDirect(spec) ? inJob(spec, build) : byShipwright(build);
}

function inJob(spec: FunctionSpec, { job, strategy, params }: NonNullable<FunctionSpec["build"]>): Finding[] {
  return [
    ...when(job?.namespace === undefined, () =>
      mistake("build.job.namespace", undefined, "a namespace that admits the build's step; buildNamespace makes one"),
    ),
    ...when(strategy !== undefined, () =>
      mistake(
        "build.strategy",
        strategy,
        'the lane "knative" or "openfunction"',
        'the lane "direct" runs the step of wasmedge',
      ),
    ),
    ...when(params !== undefined, () =>
      mistake("build.params", params, "args and registries, which are all that its step takes"),
    ),
    ...jobMistakes(spec),
  ];
}

/** Nothing is said before all of it is known; the build itself checks it then. */
function jobMistakes(spec: FunctionSpec): Finding[] {
  const args = directBuild(spec);
  if (args === undefined || spec.build?.source === undefined || holdsLater(args)) return [];
  return buildMistakes(args as BuildSpec).flatMap(({ propertyPath, reason }) => {
    const path = ASKED[propertyPath];
    const [why = "", next = "give another"] = reason.split("; ");
    return path === undefined ? [] : [mistake(path, undefined, next, why)];
  });
}

const byShipwright = ({ job, source }: NonNullable<FunctionSpec["build"]>): Finding[] => [
  ...when(job !== undefined, () =>
    mistake("build.job", job, 'only the lane "direct" has it: Shipwright builds in the function\'s namespace'),
  ),
  ...when(isFolder(source), () =>
    mistake(
      "build.source.folder",
      isFolder(source) && source.folder,
      'a repository, or the lane "direct"',
      "Shipwright clones a repository",
    ),
  ),
];
