import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { FunctionSpec } from "./args";
import type { GitLogin, RegistryLogin } from "./build-args";
import { field, isLogin } from "./values";

/** Shipwright reads no Secret without it. */
const REFERENCED = { "build.shipwright.io/referenced.secret": "true" };

/** The Secret of a registry's login, for pods and builds; `undefined` when the function names one, or needs none. */
export function registrySecret({
  namespace,
  labels,
  imageCredentials,
}: FunctionSpec): k8s.core.v1.SecretArgs | undefined {
  if (!isLogin<RegistryLogin>(imageCredentials)) return undefined;
  return {
    metadata: { namespace, ...field("labels", labels), annotations: REFERENCED },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": dockerConfig(imageCredentials) },
  };
}

function dockerConfig({ server, username, password }: RegistryLogin): pulumi.Output<string> {
  return pulumi.secret(pulumi.all([username, password])).apply(([user, word]) => {
    const auth = Buffer.from(`${user}:${word}`).toString("base64");
    return JSON.stringify({ auths: { [server]: { username: user, password: word, auth } } });
  });
}

/** The Secret of a git repository's login, for builds; `undefined` when the build names one, or needs none. */
export function gitSecret({ namespace, labels, build }: FunctionSpec): k8s.core.v1.SecretArgs | undefined {
  const credentials = build?.source.credentials;
  if (!isLogin<GitLogin>(credentials)) return undefined;
  const metadata = { namespace, ...field("labels", labels), annotations: REFERENCED };
  if ("privateKey" in credentials) {
    return {
      metadata,
      type: "kubernetes.io/ssh-auth",
      stringData: {
        "ssh-privatekey": pulumi.secret(credentials.privateKey),
        ...field("known_hosts", credentials.knownHosts),
      },
    };
  }
  return {
    metadata,
    type: "kubernetes.io/basic-auth",
    stringData: { username: credentials.username, password: pulumi.secret(credentials.password) },
  };
}
