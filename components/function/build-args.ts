import type * as pulumi from "@pulumi/pulumi";
import type { BuildRegistries, GitLogin } from "../image-build";

/** How an image is made of a Dockerfile in the cluster. */
export interface FunctionBuild {
  /** Path of the Dockerfile in the source's folder. Required: the strategy `wasmedge` builds nothing else. */
  dockerfile: string;
  source: BuildSource;
  /** Default: the ClusterBuildStrategy `wasmedge`. */
  strategy?: BuildStrategy;
  /** Values of the Dockerfile's ARGs. */
  args?: Record<string, pulumi.Input<string>>;
  registries?: BuildRegistries;
  /** Seconds. Default: none. */
  timeoutSeconds?: number;
  /** More parameters of the strategy: a list where it declares a list. */
  params?: Record<string, pulumi.Input<string> | pulumi.Input<string>[]>;
}

/** A git repository. */
export interface BuildSource {
  url: string;
  /** Branch, tag or commit. Default: the repository's own. A commit makes the same image each time. */
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
