import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Mistake, Settings } from "./settings";
import { crateProblems } from "./toolchain/build-images/crates";
import { inClone } from "./toolchain/mirror";

/** What is wrong with the folder that is built in the cluster: a file that is not there, a crate that cannot be brought along. */
export function sampleBuildMistakes({ sampleBuild }: Pick<Settings, "sampleBuild">): Mistake[] {
  if (sampleBuild === undefined) return [];
  const folder = inClone(sampleBuild);
  const dockerfile = join(folder, "Dockerfile");
  const problems = existsSync(folder)
    ? [...(existsSync(dockerfile) ? [] : [`${dockerfile} is not there`]), ...crateProblems(folder)]
    : [`${folder} is not there`];
  const allowed = "a folder with a copy of samples/http-server";
  return problems.length === 0
    ? []
    : [{ key: "sampleBuild", value: sampleBuild, allowed: [allowed, ...problems].join("; ") }];
}
