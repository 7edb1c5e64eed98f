import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../remote";
import { declareKeys, driverProblem, KEY_DRIVER } from "./keys";
import type { Machine, NodePool } from "./machine";
import { machineNameProblem, stackNameProblem } from "./names";
import { machineAddress, machineCapacity, type NetworkPlan, parseCidr } from "./network";
import type { KeyPair, MachineSpec } from "./spec";

export interface LocalNodePoolArgs {
  /** Tells this stack's machines from others on the same host. */
  stack: string;
  /** How many machines, at least one; a plain number, because it decides which resources exist. */
  machines: number;
  /** Where the machines live; `planNetwork` makes one from a CIDR. */
  network: NetworkPlan;
  /**
   * Folder that new machines are born from: `root/`, and `containerd/` when there is one. A machine keeps the
   * image it was born from: another image later changes no machine until that is replaced
   * (`up --replace NAME-machine`).
   */
  image: pulumi.Input<string>;
  /** Most memory that each machine may use, MiB. Default: as much as the host has. */
  memoryMiB?: pulumi.Input<number>;
  /** Most processors that each machine may use. Default: all. */
  cpus?: pulumi.Input<number>;
  /** Command on PATH that makes and removes machines. Default `ofwasm-machine`. */
  driver?: string;
}

/** What is wrong with a pool's arguments, all of it. */
export function localPoolProblems(
  name: string,
  args: Pick<LocalNodePoolArgs, "stack" | "machines" | "network" | "driver">,
): pulumi.InputPropertyErrorDetails[] {
  const problems: [string, string | undefined][] = [
    ["stack", stackNameProblem(args.stack)],
    ["machines", machinesProblem(args.machines, args.network)],
    ["name", machineNameProblem(`${name}-${Math.trunc(Math.abs(args.machines)) || 0}`)],
    ["driver", driverProblem(args.driver)],
  ];
  return problems.flatMap(([propertyPath, reason]) => (reason === undefined ? [] : [{ propertyPath, reason }]));
}

function machinesProblem(machines: number, network: NetworkPlan): string | undefined {
  const room = machineCapacity(parseCidr(network.network));
  if (Number.isInteger(machines) && machines >= 1 && machines <= room) return undefined;
  return `${machines}: a whole number from 1 to ${room}, what network ${network.network} has room for`;
}

/**
 * Machines on the host that runs the program, each with its own init, sshd, address and disk.
 *
 * A machine's name, address and resources depend on its number only, so a growing pool leaves the others as they
 * are. Host key and login key are made before the machine, by commands that never run again.
 */
export class LocalNodePool extends pulumi.ComponentResource implements NodePool {
  readonly machines: Machine[];

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: LocalNodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    const { stack, machines, image } = args;
    const errors = localPoolProblems(name, args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `local machines "${name}"`, errors });
    super("ofwasm:index:LocalNodePool", name, { stack, machines, network: args.network.network, image }, opts);

    const login = declareKeys(`${name}-client-keys`, this, args.driver);
    this.machines = Array.from({ length: machines }, (_, index) => this.machine(name, index, args, login));

    this.registerOutputs({ machines: this.machines.map(({ name, address }) => ({ name, address })) });
  }

  private machine(pool: string, index: number, args: LocalNodePoolArgs, login: pulumi.Output<KeyPair>): Machine {
    const name = `${pool}-${index}`;
    const address = machineAddress(args.network, index);
    const { stack, network, driver = KEY_DRIVER } = args;
    const keys = declareKeys(`${name}-keys`, this, args.driver);
    const hostKey = pulumi.unsecret(keys.publicKey);
    const authorizedKey = pulumi.unsecret(login.publicKey);
    const limits = { memoryMiB: args.memoryMiB, cpus: args.cpus };
    const spec = pulumi
      .all([keys, authorizedKey, args.image, limits])
      .apply(([pair, authorizedKey, image, limits]): MachineSpec => {
        const place = { address, network: network.network, gateway: network.gateway };
        return { stack, name, ...place, image, hostKey: pair, authorizedKey, ...limits };
      });
    const machine = new local.Command(
      `${name}-machine`,
      {
        create: `${driver} create --new`,
        update: `${driver} create`,
        delete: `${driver} delete --stack ${stack} --name ${name}`,
        stdin: pulumi.secret(pulumi.jsonStringify(spec)),
        logging: local.Logging.Stderr,
        // Tells the driver which machine it is about when another of the name has taken its place.
        addPreviousOutputInEnv: true,
        // What makes it another machine; anything else is an update, which leaves a running machine running.
        triggers: [address, network.network, hostKey, authorizedKey],
      },
      // The new machine takes the old one's place at once. Deleting first, the engine would undo everything on the
      // old one step by step; this way all of that is spared, because what is on it is deleted with it.
      { parent: this },
    );
    const connection: pulumi.Output<ConnectionArgs> = pulumi.secret({
      host: address,
      hostKey,
      privateKey: login.privateKey,
    });
    return { name, index, address, connection, resource: machine, ready: [machine] };
  }
}
