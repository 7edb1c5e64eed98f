import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { FunctionSpec } from "../args";
import { parameterList, repositoryOf } from "../build-description";
import { type CompanionNames, describeFunction } from "../description";
import type { CustomObject } from "../objects";
import { field, holdsLater } from "../values";

/** Shipwright's Build of a function's image; `undefined` when it is not built. */
export function shipwrightBuild(spec: FunctionSpec, made?: CompanionNames): CustomObject | undefined {
  const { build, labels } = describeFunction(spec, made);
  if (build === undefined) return undefined;
  const { dockerfile, gitSecret, pushSecret, strategy, timeoutSeconds } = build;
  const source = repositoryOf(build);
  return {
    apiVersion: "shipwright.io/v1alpha1",
    kind: "Build",
    metadata: { name: spec.name, namespace: spec.namespace, labels },
    spec: {
      source: {
        url: source.url,
        ...field("revision", source.revision),
        ...field("contextDir", source.contextDir),
        ...(gitSecret === undefined ? {} : { credentials: { name: gitSecret } }),
      },
      strategy,
      dockerfile,
      ...field("paramValues", parameterList(build)),
      output: { image: spec.image, ...(pushSecret === undefined ? {} : { credentials: { name: pushSecret } }) },
      ...(timeoutSeconds === undefined ? {} : { timeout: `${timeoutSeconds}s` }),
    },
  };
}

/**
 * One run of the Build. Its name carries a hash of what is built and of the trigger: another build is another run, and
 * the same one runs once. What a branch has got meanwhile is not seen: name a commit, or another tag of the image.
 */
export function shipwrightBuildRun(spec: FunctionSpec, made?: CompanionNames): CustomObject | undefined {
  const build = shipwrightBuild(spec, made);
  if (build === undefined) return undefined;
  return {
    apiVersion: "shipwright.io/v1alpha1",
    kind: "BuildRun",
    metadata: { name: runName(spec, build), namespace: spec.namespace, labels: build.metadata.labels },
    spec: {
      buildRef: { name: spec.name },
      // An account of its own, which goes with the run: it holds the credentials of no other build.
      serviceAccount: { generate: true },
    },
  };
}

function runName({ name, build }: FunctionSpec, { spec }: CustomObject): pulumi.Input<string> {
  // One without a trigger keeps the name that it had before there were any.
  const decides = build?.trigger === undefined ? spec : [spec, build.trigger];
  const named = (known: unknown): string =>
    `${name.slice(0, 50)}-${createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 10)}`;
  return holdsLater(decides) ? pulumi.all([decides]).apply(([known]) => named(known)) : named(decides);
}
