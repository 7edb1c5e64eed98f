import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** How a git server lets one in: by name and password (or token), or by a key and the server's own. */
export type GitLogin =
  | { username: pulumi.Input<string>; password: pulumi.Input<string> }
  | {
      /** Private key in OpenSSH form, without a passphrase. */
      privateKey: pulumi.Input<string>;
      /** The server's lines of a `known_hosts` file: another key is refused. */
      knownHosts: pulumi.Input<string>;
    };

/** The Secret that a build's `source.credentials` names; in the build's namespace and no other. */
export function gitLoginSecret(
  metadata: { name: string; namespace: pulumi.Input<string> },
  login: GitLogin,
): k8s.core.v1.SecretArgs {
  if ("password" in login) return { metadata, type: "kubernetes.io/basic-auth", stringData: { ...login } };
  const { privateKey, knownHosts } = login;
  return {
    metadata,
    type: "kubernetes.io/ssh-auth",
    stringData: { "ssh-privatekey": privateKey, known_hosts: knownHosts },
  };
}
