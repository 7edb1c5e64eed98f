import type * as pulumi from "@pulumi/pulumi";
import type { FolderSource } from "../image-build";
import { WASM_STRATEGY } from "../platform/strategy";
import { type BuildSource, type BuildStrategy, type FunctionBuild, isFolder } from "./build-args";
import { isLogin, mapped } from "./values";

type Repository = Omit<BuildSource, "credentials">;

/** A build once every default is filled in. */
export interface BuildDescription {
  dockerfile: string;
  source: Repository | FolderSource;
  /** Name of the Secret that the repository is read with. */
  gitSecret?: pulumi.Input<string>;
  /** Name of the Secret that the image is pushed with. */
  pushSecret?: pulumi.Input<string>;
  strategy: Required<BuildStrategy>;
  /** Parameters of the strategy, one value or a list each. */
  params: Record<string, pulumi.Input<string> | pulumi.Input<string>[]>;
  timeoutSeconds?: number;
}

/** Lists of the strategy `wasmedge`, which values of a build go into. */
export const LIST_PARAMETERS = ["build-args", "registries-search", "registries-insecure", "registries-block"] as const;

export function describeBuild(
  build: FunctionBuild,
  pushSecret: pulumi.Input<string> | undefined,
  gitCompanion: pulumi.Input<string>,
): BuildDescription {
  const { credentials, ...source } = isFolder(build.source)
    ? { ...build.source, credentials: undefined }
    : build.source;
  const gitSecret = isLogin(credentials) ? gitCompanion : credentials;
  return {
    dockerfile: build.dockerfile,
    source,
    ...(gitSecret === undefined ? {} : { gitSecret }),
    ...(pushSecret === undefined ? {} : { pushSecret }),
    strategy: { kind: "ClusterBuildStrategy", ...(build.strategy ?? { name: WASM_STRATEGY }) },
    params: { ...build.params, ...listParameters(build) },
    ...(build.timeoutSeconds === undefined ? {} : { timeoutSeconds: build.timeoutSeconds }),
  };
}

/**
 * The repository of a build that Shipwright makes.
 *
 * @throws for a folder, which the lint refuses in the lanes of Shipwright
 */
export function repositoryOf({ source }: BuildDescription): Repository {
  if (!isFolder(source)) return source;
  throw new Error(`${source.folder} is a folder, and Shipwright builds repositories only`);
}

function listParameters({ args, registries = {} }: FunctionBuild): Record<string, pulumi.Input<string>[]> {
  const given: Record<(typeof LIST_PARAMETERS)[number], pulumi.Input<string>[] | undefined> = {
    "build-args": args && Object.entries(args).map(([name, value]) => mapped(value, (known) => `${name}=${known}`)),
    "registries-search": registries.search,
    "registries-insecure": registries.insecure,
    "registries-block": registries.block,
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, pulumi.Input<string>[]] => entry[1] !== undefined),
  );
}

/** Parameters of a strategy, as Shipwright and the second version of a Function have them. */
export const parameterList = ({ params: given }: BuildDescription): object[] | undefined => {
  const named = Object.entries(given).map(([name, value]) =>
    Array.isArray(value) ? { name, values: value.map((one) => ({ value: one })) } : { name, value },
  );
  return named.length === 0 ? undefined : named;
};
