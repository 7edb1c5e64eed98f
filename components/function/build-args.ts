import type * as pulumi from "@pulumi/pulumi";
import type { BuildRegistries, FolderSource, GitLogin } from "../image-build";

/** How an image is made of a Dockerfile in the cluster. */
export interface FunctionBuild {
  /** Path of the Dockerfile in the source's folder. Required: the strategy `wasmedge` builds nothing else. */
  dockerfile: string;
  /** A repository, or in the lane `direct` a folder of the host that runs the program. */
  source: BuildSource | FolderSource;
  /** Default: the ClusterBuildStrategy `wasmedge`; the lane `direct` runs its step and has no other. */
  strategy?: BuildStrategy;
  /** Values of the Dockerfile's ARGs. */
  args?: Record<string, pulumi.Input<string>>;
  registries?: BuildRegistries;
  /**
   * Seconds. Default: 600 in the lane `direct`. Else none, and the run goes on waiting for ten minutes: a longer build
   * needs it, and gets what it says.
   */
  timeoutSeconds?: number;
  /**
   * Any text; another one builds again: after a failure that was not the source's, or when the registry has lost what
   * was pushed. Default: none. Not in the lane `openfunction`, where another tag of the image does that.
   */
  trigger?: pulumi.Input<string>;
  /** More parameters of the strategy: a list where it declares a list. */
  params?: Record<string, pulumi.Input<string> | pulumi.Input<string>[]>;
  /** Where and how the lane `direct` builds; required there, and only there. */
  job?: BuildJob;
}

/** The Job that runs the strategy's step where there is no Shipwright. */
export interface BuildJob {
  /**
   * Namespace, which must exist and admit the step: `buildNamespace` makes one. Secrets of logins that the build needs
   * are made there; a Secret that is named must be there too.
   */
  namespace: pulumi.Input<string>;
  /** With buildah, and git for a repository. Default `quay.io/containers/buildah:v1.28.0`. */
  image?: pulumi.Input<string>;
  /** Default false: the step keeps three capabilities and no more. */
  privileged?: boolean;
  /** Labels of the node that builds. Default: any node. */
  nodeSelector?: Record<string, pulumi.Input<string>>;
}

/** A git repository. */
export interface BuildSource {
  url: string;
  /**
   * Branch, tag or commit. Default: the repository's own. A commit makes the same image each time; the lane `direct`
   * takes nothing but a full commit or a tag.
   */
  revision?: string;
  /** Folder in the repository. Default: its root. */
  contextDir?: string;
  /**
   * For a private repository: the name of a Secret of type kubernetes.io/basic-auth or kubernetes.io/ssh-auth with the
   * annotation `build.shipwright.io/referenced.secret: "true"` in the function's namespace, or the login, of which such
   * a Secret is made.
   */
  credentials?: pulumi.Input<string> | GitLogin;
}

/** Whether the source is a folder of the host that runs the program. */
export const isFolder = (source: BuildSource | FolderSource | undefined): source is FolderSource =>
  source !== undefined && "folder" in source;

export interface BuildStrategy {
  name: string;
  /** Default `ClusterBuildStrategy`. */
  kind?: StrategyKind;
}

export const STRATEGY_KINDS = ["ClusterBuildStrategy", "BuildStrategy"] as const;
export type StrategyKind = (typeof STRATEGY_KINDS)[number];

/** Who pulls from a registry and pushes to it. */
export interface ImageLogin {
  /** Host, with its port: `registry.example.org:5000`. Docker Hub: `https://index.docker.io/v1/`. */
  server: string;
  username: pulumi.Input<string>;
  /** Secret. */
  password: pulumi.Input<string>;
}
