import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type GitLogin, gitLoginSecret } from "../image-build/secrets";
import { dockerConfig } from "../registry/docker-config";
import type { FunctionSpec } from "./args";
import { type ImageLogin, isFolder } from "./build-args";
import { field, isLogin } from "./values";

/** Shipwright reads no Secret without it. */
const REFERENCED = { "build.shipwright.io/referenced.secret": "true" };

/**
 * The Secret of a registry's login, for pods and builds; `undefined` when the function names one, or needs none.
 *
 * @param namespace where it is made
 */
export function registrySecret(
  { labels, imageCredentials }: FunctionSpec,
  namespace: pulumi.Input<string>,
): k8s.core.v1.SecretArgs | undefined {
  if (!isLogin<ImageLogin>(imageCredentials)) return undefined;
  const { server, username, password } = imageCredentials;
  return {
    metadata: { namespace, ...field("labels", labels), annotations: REFERENCED },
    type: "kubernetes.io/dockerconfigjson",
    stringData: pulumi
      .secret(pulumi.all([username, password]))
      .apply(([user, word]) => dockerConfig({ [server]: { username: user, password: word } })),
  };
}

/**
 * The Secret of a git repository's login, for builds; `undefined` when the build names one, or needs none.
 *
 * @param namespace where it is made
 */
export function gitSecret(
  { labels, build }: FunctionSpec,
  namespace: pulumi.Input<string>,
): k8s.core.v1.SecretArgs | undefined {
  const source = build?.source;
  const credentials = isFolder(source) ? undefined : source?.credentials;
  if (!isLogin<GitLogin>(credentials)) return undefined;
  return gitLoginSecret({ namespace, ...field("labels", labels), annotations: REFERENCED }, credentials);
}
