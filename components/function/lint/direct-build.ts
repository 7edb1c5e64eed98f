import type { FunctionSpec } from "../args";
import { isFolder } from "../build-args";
import { isDirect } from "../description";
import { mistake, when } from "./argument-checks";
import type { Finding } from "./finding";

/** What a build cannot be where a Job of its own makes it, or where Shipwright does. */
export function buildLaneMistakes(spec: FunctionSpec): Finding[] {
  const { build } = spec;
  if (build === undefined) return [];
  return isDirect(spec) ? inJob(build) : byShipwright(build);
}

const inJob = ({ job, strategy, params }: NonNullable<FunctionSpec["build"]>): Finding[] => [
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
];

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
