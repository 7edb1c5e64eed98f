import { buildMistakes, type Mistake } from "../../image-build/check";
import type { FunctionSpec } from "../args";
import { type BuildSource, isFolder, STRATEGY_KINDS } from "../build-args";
import { isDirect } from "../description";
import { directBuild } from "../lanes/direct-build";
import { isLogin } from "../values";
import { type Check, mistake, oneOf, when } from "./argument-checks";
import { at } from "./facts";
import type { Finding } from "./finding";

export const buildArguments: Check = (spec) => {
  const { build } = spec;
  if (build === undefined) return [];
  const { source, strategy } = build;
  return [
    ...when(source === undefined, () => mistake("build.source", source, 'a git repository: { url: "https://…" }')),
    ...(source === undefined ? [] : asBuilt(spec, build)),
    ...(source === undefined || isFolder(source) ? [] : keyOverHttps(source)),
    ...oneOf("build.strategy.kind", strategy?.kind, STRATEGY_KINDS),
  ];
};

/** What whoever builds would refuse. */
function asBuilt(spec: FunctionSpec, build: NonNullable<FunctionSpec["build"]>): Finding[] {
  // Where it is built decides nothing here, and the lane says that it is missing.
  const args = directBuild({ ...spec, build: { ...build, job: build.job ?? { namespace: "" } } });
  if (args === undefined) return [];
  return buildMistakes(args, isDirect(spec) ? "job" : "shipwright")
    .filter((found) => !isToldOfAllFunctions(found))
    .map(({ propertyPath, value, reason, next }) =>
      mistake(pathOf(propertyPath), value ?? folderOf(propertyPath, build), next, reason),
    );
}

/** A function of any lane has a name that is a label, and an image without spaces: a Job asks for more than that. */
function isToldOfAllFunctions({ propertyPath, value }: Mistake): boolean {
  if (propertyPath === "name") return !/^[a-z][a-z0-9-]{39,61}[a-z0-9]$/.test(String(value));
  return propertyPath === "image" && !/^\S+$/.test(String(value));
}

const folderOf = (propertyPath: string, { source }: NonNullable<FunctionSpec["build"]>): string | undefined =>
  propertyPath === "source.folder" && isFolder(source) ? source.folder : undefined;

/** Where an argument of the build is among those of a function. */
function pathOf(propertyPath: string): string {
  if (propertyPath === "name" || propertyPath === "image") return propertyPath;
  const [, argument] = /^buildArgs\.(.*)$/s.exec(propertyPath) ?? [];
  return argument === undefined ? `build.${propertyPath}` : at("build.args", argument);
}

const keyOverHttps = ({ url, credentials }: BuildSource): Finding[] =>
  when(isLogin<object>(credentials) && "privateKey" in credentials && /^https?:/.test(url), () =>
    mistake("build.source.credentials", "(private key)", "username and password, for a repository over HTTPS"),
  );
