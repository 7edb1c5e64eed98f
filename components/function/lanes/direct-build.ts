import type { ImageBuildArgs } from "../../image-build";
import type { FunctionSpec } from "../args";
import { isFolder } from "../build-args";
import { type CompanionNames, describeFunction } from "../description";
import { field, mapped } from "../values";

/** The build of a function in the lane `direct`; `undefined` when it is not built, or nothing says where. */
export function directBuild(spec: FunctionSpec, made?: CompanionNames): ImageBuildArgs | undefined {
  const { build } = describeFunction(spec, made);
  const { args, registries, job, trigger } = spec.build ?? {};
  if (build === undefined || job === undefined) return undefined;
  const { source } = build;
  const { privileged, image, nodeSelector } = job;
  return {
    name: spec.name,
    namespace: job.namespace,
    image: mapped(spec.image, withoutTag),
    source: isFolder(source)
      ? source
      : { ...source, revision: source.revision ?? "", ...field("credentials", build.gitSecret) },
    dockerfile: build.dockerfile,
    strategy: { ...field("privileged", privileged), ...field("image", image) },
    ...field("buildArgs", args),
    ...field("registries", registries),
    ...field("credentials", build.pushSecret),
    ...field("timeoutSeconds", build.timeoutSeconds),
    ...field("nodeSelector", nodeSelector),
    ...field("trigger", trigger),
  };
}

/** The build makes the tag. */
const withoutTag = (image: string): string => image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
