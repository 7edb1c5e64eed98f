import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** How to reach one machine over SSH. There is no way to leave the host key unchecked. */
export interface ConnectionArgs {
  /** Address or DNS name. */
  host: pulumi.Input<string>;
  /** TCP port of sshd. Default 22. */
  port?: pulumi.Input<number>;
  /** Login user; becomes root by sudo unless it is root. Default `root`. */
  user?: pulumi.Input<string>;
  /** The machine's public host key in authorized_keys form: `ssh-ed25519 AAAA…`. */
  hostKey: pulumi.Input<string>;
  /** Private key in OpenSSH or PEM form, a secret. Default: the keys of an SSH agent. */
  privateKey?: pulumi.Input<string>;
  /**
   * Socket of an SSH agent, kept in the state: give one only when its path never changes. Default: the agent of the
   * session that runs the engine (`SSH_AUTH_SOCK`).
   */
  agentSocketPath?: pulumi.Input<string>;
  /** Bastion to go through; its host key is checked too. */
  proxy?: pulumi.Input<Omit<ConnectionArgs, "proxy">>;
}

/** A way to do something on a machine as root. */
export interface Login {
  connection: pulumi.Input<ConnectionArgs>;
  /**
   * Password that sudo asks the login user for, a secret; it reaches the machine on standard input only. Default: the
   * user is root, or sudo asks for none.
   */
  sudoPassword?: pulumi.Input<string>;
}

/** Dialling attempts before a machine counts as unreachable; retries back off to 5 s, so about two minutes. */
const DIAL_ERROR_LIMIT = 30;

/** Seconds that one dialling attempt may take. */
const PER_DIAL_TIMEOUT = 5;

/**
 * The `connection` input of a remote command, one secret as a whole.
 *
 * Built field by field: an unknown field would make the provider print the object, key included.
 */
export function remoteConnection(args: pulumi.Input<ConnectionArgs>): pulumi.Output<types.input.remote.ConnectionArgs> {
  return pulumi.secret(
    pulumi.output(args).apply(({ proxy, ...to }) => ({
      ...hop(to),
      ...(proxy === undefined ? {} : { proxy: hop(proxy) }),
    })),
  );
}

/** One of the machines on the way. */
function hop(to: pulumi.Unwrap<Omit<ConnectionArgs, "proxy">>) {
  return {
    host: to.host,
    port: to.port ?? 22,
    user: to.user ?? "root",
    hostKey: to.hostKey,
    ...(to.privateKey === undefined ? {} : { privateKey: to.privateKey }),
    ...(to.agentSocketPath === undefined ? {} : { agentSocketPath: to.agentSocketPath }),
    dialErrorLimit: DIAL_ERROR_LIMIT,
    perDialTimeout: PER_DIAL_TIMEOUT,
  };
}
