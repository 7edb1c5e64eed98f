import * as pulumi from "@pulumi/pulumi";
import { SshNodePool } from "../components/node-pool";
import type { Composition } from "./composition";
import { wasmOnMachines } from "./wasm-on-machines";

/** Machines that the user has: VMs or servers with sshd and a known host key. */
export const ssh: Composition = {
  description: "your own machines over SSH",
  needs: ["nodeBinaries", "payload", "sample"],
  declare(context) {
    const { stack, settings, artifacts } = context;
    const login = settings.sshAgent
      ? { agentSocketPath: settings.sshAgentSocket }
      : { privateKey: pulumi.secret(settings.sshPrivateKey) };
    const pool = new SshNodePool(stack, { hosts: settings.hosts, ...login });
    return wasmOnMachines(context, pool, { artifacts: artifacts.nodeBinaries });
  },
};
