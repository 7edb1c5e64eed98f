import type * as pulumi from "@pulumi/pulumi";
import type { GitSource, StrategyOptions } from "../platform";

/** A folder of this repository with a Dockerfile; `.dockerignore` says what of it the build does not see. */
export interface FolderSource {
  /** Path on the host that runs the program. At most 1 MiB when it is packed. */
  folder: string;
}

/** A folder of a git repository. */
export interface GitFolderSource extends GitSource {
  /** Folder of the repository in which the image is built. Default: its root. */
  contextDir?: string;
}

type InputsOf<T> = { [Part in keyof T]: pulumi.Input<NonNullable<T[Part]>> };

/** The same before its outputs are known. */
export type GitFolderSourceArgs = InputsOf<GitFolderSource>;

export interface ImageBuildArgs {
  /** Name of the Job before its tag: a DNS label of at most 40 characters. Default: the component's name. */
  name?: string;
  /** Namespace, which must exist and admit the step: see `buildNamespace`. */
  namespace: pulumi.Input<string>;
  /** Registry and repository without a tag: `registry.images.svc.cluster.local:5000/echo`. The build makes the tag. */
  image: pulumi.Input<string>;
  source: FolderSource | GitFolderSourceArgs;
  /** Path of the Dockerfile in the folder. Default `Dockerfile`. */
  dockerfile?: pulumi.Input<string>;
  /** For the Dockerfile's ARGs. They are in the Job for all to read: no passwords. */
  buildArgs?: Record<string, pulumi.Input<string>>;
  registries?: pulumi.Input<BuildRegistries>;
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson` in the namespace, to pull and push with. Default: none. */
  credentials?: pulumi.Input<string>;
  /** Seconds after which the build has failed, 10 to 86400. Default 600. */
  timeoutSeconds?: number;
  /** How the step runs; the same choice as for the ClusterBuildStrategy `wasmedge`. */
  strategy?: InputsOf<StrategyOptions>;
  /** Labels of the node that builds. Default: any node. */
  nodeSelector?: Record<string, pulumi.Input<string>>;
  /** Any text; another one builds again. For a registry that may lose what was pushed. Default: none. */
  trigger?: pulumi.Input<string>;
}

export interface BuildRegistries {
  /** Where an image name without a registry is looked for. Default: the strategy's, `docker.io` and `quay.io`. */
  search?: string[];
  /** Host and port of registries without checked TLS. Default: none. */
  insecure?: string[];
  /** Registries from which nothing is pulled. Default: none. */
  block?: string[];
}

/** The arguments with every output known. */
export interface BuildSpec {
  /** Name of the Job before its tag: a DNS label of at most 40 characters. */
  name: string;
  /** Whose it is: two that build the same in one namespace have a Job each. Default: nobody's. */
  owner?: string;
  namespace: string;
  image: string;
  source: FolderSource | GitFolderSource;
  dockerfile?: string;
  buildArgs?: Readonly<Record<string, string>>;
  registries?: BuildRegistries;
  credentials?: string;
  timeoutSeconds?: number;
  strategy?: StrategyOptions;
  nodeSelector?: Readonly<Record<string, string>>;
  trigger?: string;
}

/** What a build gets when its arguments say nothing. */
export const DEFAULTS = { dockerfile: "Dockerfile", timeoutSeconds: 600 } as const;
