import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../remote";
import type { Machine, NodePool } from "./machine";
import { machineNameProblem } from "./names";

/** One machine that exists already. */
export interface SshHostArgs {
  /** Name of the machine and of its node; unique in the pool. */
  name: string;
  /** Settles the addresses of its pods: the machine keeps it when one before it leaves the list. Default: its place in the list. */
  number?: number;
  /** Address or DNS name to dial. */
  address: pulumi.Input<string>;
  /** Address that the other machines reach it by. Default: `address`. */
  internalAddress?: pulumi.Input<string>;
  /** TCP port of sshd. Default 22. */
  port?: pulumi.Input<number>;
  /** Login user; becomes root by sudo unless it is root. Default `root`. */
  user?: pulumi.Input<string>;
  /** Public host key in authorized_keys form, as `ssh-keyscan` run on the machine itself prints it. */
  hostKey: pulumi.Input<string>;
  /** Private key for this machine. Default: the pool's. */
  privateKey?: pulumi.Input<string>;
  /** Password that sudo asks the user for, a secret. Default: the pool's. */
  sudoPassword?: pulumi.Input<string>;
}

export interface SshNodePoolArgs {
  hosts: readonly SshHostArgs[];
  /** Private key in OpenSSH or PEM form, for machines that have none of their own. Default: the keys of an SSH agent. */
  privateKey?: pulumi.Input<string>;
  /** Password that sudo asks users for on machines that have none of their own. Default: root, or sudo without one. */
  sudoPassword?: pulumi.Input<string>;
  /** Socket of an SSH agent whose path never changes. Default: the agent of the session that runs the engine. */
  agentSocketPath?: pulumi.Input<string>;
  /** Bastion to go through to every machine; its host key is checked as the machines' are. */
  proxy?: ConnectionArgs["proxy"];
}

/** What is wrong with a pool's arguments, all of it. */
export function sshPoolProblems(args: SshNodePoolArgs): pulumi.InputPropertyErrorDetails[] {
  if (args.hosts.length === 0) return [{ propertyPath: "hosts", reason: "empty: give at least one machine" }];
  const names = args.hosts.map(({ name }) => name);
  return args.hosts.flatMap((host, index) => {
    const problems: [string, string | undefined | false][] = [
      ["name", machineNameProblem(host.name)],
      ["name", names.indexOf(host.name) < index && `"${host.name}" is there twice; names are unique`],
    ];
    return problems.flatMap(([field, reason]) =>
      reason ? [{ propertyPath: `hosts[${index}].${field}`, reason }] : [],
    );
  });
}

/** Machines that somebody else made and keeps: any Linux host with sshd and a known host key. */
export class SshNodePool extends pulumi.ComponentResource implements NodePool {
  readonly machines: Machine[];

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: SshNodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    const errors = sshPoolProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `machines "${name}"`, errors });
    super("ofwasm:index:SshNodePool", name, { hosts: args.hosts.map((host) => host.name) }, opts);

    this.machines = args.hosts.map((host, index) => existingMachine(host, host.number ?? index, args));

    this.registerOutputs({ machines: this.machines.map(({ name, address }) => ({ name, address })) });
  }
}

function existingMachine(host: SshHostArgs, index: number, args: SshNodePoolArgs): Machine {
  const privateKey = host.privateKey ?? args.privateKey;
  const sudoPassword = host.sudoPassword ?? args.sudoPassword;
  const connection = pulumi.secret<ConnectionArgs>({
    host: host.address,
    port: host.port ?? 22,
    user: host.user ?? "root",
    hostKey: host.hostKey,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(privateKey === undefined && args.agentSocketPath !== undefined
      ? { agentSocketPath: args.agentSocketPath }
      : {}),
    ...(args.proxy === undefined ? {} : { proxy: args.proxy }),
  }) as pulumi.Output<ConnectionArgs>;
  return {
    name: host.name,
    index,
    address: host.internalAddress ?? host.address,
    connection,
    ...(sudoPassword === undefined ? {} : { sudoPassword: pulumi.secret(sudoPassword) }),
    ready: [],
  };
}
