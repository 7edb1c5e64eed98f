import type * as pulumi from "@pulumi/pulumi";
import type { ImagePullPolicy, Lane } from "./args";
import { mistake, number, text } from "./lint/argument-checks";
import type { Finding } from "./lint/finding";

/** What is asked of a function, and what it must answer. */
export interface FunctionQuestion {
  /** Path and query. Default: the route's path, or `/`. */
  path?: string;
  /** What is sent, with POST. Default: nothing, with GET. */
  body?: pulumi.Input<string>;
  /** The whole body that must come back. Default: any, with a status of 200 to 299. */
  expect?: pulumi.Input<string>;
  /** Seconds within which the right answer must have come. Default 60. */
  timeoutSeconds?: number;
  /** Image with curl and a POSIX shell. Default `HTTP_CLIENT_IMAGE`. */
  image?: pulumi.Input<string>;
}

/** A question that a function must answer before it counts as deployed. */
export interface FunctionVerification extends FunctionQuestion {
  /** Default `IfNotPresent`. */
  imagePullPolicy?: pulumi.Input<ImagePullPolicy>;
  /** Labels of nodes that its image runs on. Default: any node. */
  nodeSelector?: Readonly<Record<string, string>>;
  /** Whether its image is pulled with the function's `imageCredentials`. Default false: without a login. */
  withImageCredentials?: boolean;
}

/** curl's own image: the tag for people, the digest for machines. */
export const HTTP_CLIENT_IMAGE =
  "docker.io/curlimages/curl:8.11.1@sha256:c1fe1679c34d9784c1b0d1e5f62ac0a79fca01fb6377cdd33e90473c6f9f9a69";

/** How a check is asked that says nothing of the right answer. */
export interface AnyAnswer {
  /** Any answer but a server's own failure will do. */
  anyStatus?: true;
  /** But for a 404, which a gateway gives as long as it knows no way to the function. */
  behindGateway?: boolean;
}

/** What is asked where nothing else is said. */
export const anyAnswer = (lane: Lane): AnyAnswer => ({ anyStatus: true, behindGateway: lane !== "direct" });

export const VERIFICATION_DEFAULTS = {
  timeoutSeconds: 60,
  image: HTTP_CLIENT_IMAGE,
  imagePullPolicy: "IfNotPresent",
} as const;

/** What is wrong with a verification, as far as it is known. */
export function argumentProblems(check: FunctionVerification | false | undefined, serves: boolean): Finding[] {
  if (check === undefined || check === false) return [];
  return [
    ...(serves ? [] : [mistake("verify", check, "false: nothing is served that could be asked")]),
    ...text("verify.path", check.path, /^\/\S*$/, "a path that begins with /"),
    ...number("verify.timeoutSeconds", check.timeoutSeconds, 1, 3600),
  ];
}
