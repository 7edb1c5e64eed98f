import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** How a git server lets one in: by name and password (or token), or by a key and the server's own. */
export type GitLogin =
  | {
      username: pulumi.Input<string>;
      /** Password or token. Secret. */
      password: pulumi.Input<string>;
    }
  | {
      /** Private key in OpenSSH form, without a passphrase. Secret. */
      privateKey: pulumi.Input<string>;
      /** The server's lines of a `known_hosts` file: another key is refused. */
      knownHosts: pulumi.Input<string>;
    };

/** The Secret that a build's `source.credentials` names; in the build's namespace and no other. */
export function gitLoginSecret(metadata: k8s.types.input.meta.v1.ObjectMeta, login: GitLogin): k8s.core.v1.SecretArgs {
  if ("privateKey" in login) {
    const stringData = { "ssh-privatekey": pulumi.secret(login.privateKey), known_hosts: login.knownHosts };
    return { metadata, type: "kubernetes.io/ssh-auth", stringData };
  }
  const stringData = { username: login.username, password: pulumi.secret(login.password) };
  return { metadata, type: "kubernetes.io/basic-auth", stringData };
}
