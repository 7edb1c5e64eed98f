import * as pulumi from "@pulumi/pulumi";
import { SshNodePool } from "../components/node-pool";
import { SettingsError } from "../infra/settings";
import type { Composition } from "./composition";
import { wasmOnMachines } from "./wasm-on-machines";

const NO_LOGIN = {
  key: "sshPrivateKey",
  value: "(not set)",
  allowed: "a private key (pulumi config set --secret sshPrivateKey), or sshAgent = true",
};

/** Machines that the user has: VMs or servers with sshd and a known host key. */
export const ssh: Composition = {
  description: "your own machines over SSH",
  needs: ["nodeBinaries", "payload", "sample", "charts"],
  problems({ hosts, functionsOnControlPlane }) {
    if (hosts.length === 0)
      return [{ key: "hosts", value: "[]", allowed: "at least one machine; the README has an example" }];
    if (hosts.length === 1 && !functionsOnControlPlane) {
      const allowed = "true, or two hosts and more: functions need a machine to run on";
      return [{ key: "functionsOnControlPlane", value: "false", allowed }];
    }
    return [];
  },
  declare(context) {
    const { stack, settings, artifacts } = context;
    if (!settings.sshAgent && settings.sshPrivateKey === "") throw new SettingsError([NO_LOGIN]);
    // An agent's socket is another one in each session: the plugin finds the session's own.
    const login = settings.sshAgent ? {} : { privateKey: pulumi.secret(settings.sshPrivateKey) };
    const pool = new SshNodePool(stack, { hosts: settings.hosts, ...login });
    const { cgroupDriver, dedicatedDisk } = settings;
    return wasmOnMachines(context, pool, { cgroupDriver, dedicatedDisk, artifacts: artifacts.nodeBinaries });
  },
};
