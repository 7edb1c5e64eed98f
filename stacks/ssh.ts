import * as pulumi from "@pulumi/pulumi";
import { SshNodePool, type SshNodePoolArgs } from "../components/node-pool";
import { type Bastion, type Host, type Mistake, type Settings, SettingsError } from "../infra/settings";
import { AGENT } from "../infra/settings/hosts";
import type { Composition } from "./composition";
import { type MachineTraits, wasmOnMachines } from "./wasm-on-machines";

const NO_HOSTS = {
  key: "hosts",
  value: "[]",
  allowed:
    "at least one machine: npm run scan -- ADDRESS… shows the host keys for review and writes them; docs/environments/ssh.md has the way",
};

const NO_LOGIN = {
  key: "sshPrivateKey",
  value: "(not set)",
  allowed: "a private key (pulumi config set --secret sshPrivateKey), or sshAgent = true",
};

const NO_KUBECONFIG = {
  key: "kubeconfig",
  value: "(not set)",
  allowed:
    "that of the cluster whose nodes the hosts are (pulumi config set --secret kubeconfig), or cluster = kubeadm",
};

/** Machines that the user has: VMs or servers with sshd and a known host key. */
export const ssh: Composition = {
  description: "your own machines over SSH",
  needs: ["nodeBinaries", "payload", "sample", "charts"],
  problems({ hosts, functionsOnControlPlane, cluster }) {
    if (hosts.length === 0) return [NO_HOSTS];
    if (cluster === "kubeadm" && hosts.length === 1 && !functionsOnControlPlane) {
      const allowed = "true, or two hosts and more: functions need a machine to run on";
      return [{ key: "functionsOnControlPlane", value: "false", allowed }];
    }
    return [];
  },
  declare(context) {
    const { stack, settings } = context;
    const missing = missingSecrets(settings);
    if (missing.length > 0) throw new SettingsError(missing);
    const pool = new SshNodePool(stack, poolArgs(settings));
    return wasmOnMachines(context, pool, traitsOf(context));
  },
};

/** What only shows once encrypted values are known. */
function missingSecrets({ hosts, bastion, sshAgent, sshPrivateKey, cluster, kubeconfig }: Settings): Mistake[] {
  const others = [...hosts, ...(bastion === undefined ? [] : [bastion])].filter(
    ({ privateKey }) => privateKey === undefined,
  );
  return [
    ...(others.length > 0 && !sshAgent && sshPrivateKey === "" ? [NO_LOGIN] : []),
    ...(cluster === "existing" && kubeconfig === "" ? [NO_KUBECONFIG] : []),
  ];
}

function poolArgs(settings: Settings): SshNodePoolArgs {
  const { hosts, bastion, sudoPassword } = settings;
  return {
    hosts: hosts.map((host) => ({ ...host, ...privateKey(host, settings), ...ownSudoPassword(host, settings) })),
    ...(sudoPassword === "" ? {} : { sudoPassword: pulumi.secret(sudoPassword) }),
    ...(bastion === undefined ? {} : { proxy: hop(bastion, settings) }),
  };
}

const hop = ({ address, port, user, hostKey, ...login }: Bastion, settings: Settings): SshNodePoolArgs["proxy"] => ({
  host: address,
  port,
  user,
  hostKey,
  ...privateKey(login, settings),
});

/** An agent's socket is another one in each session: the plugin finds the session's own. */
function privateKey({ privateKey: name }: Pick<Bastion, "privateKey">, settings: Settings) {
  const { sshAgent, sshPrivateKey, sshSecrets } = settings;
  if (name === AGENT || (name === undefined && sshAgent)) return { privateKey: undefined };
  return { privateKey: pulumi.secret(name === undefined ? sshPrivateKey : sshSecrets[name]!) };
}

const ownSudoPassword = ({ sudoPassword: name }: Host, { sshSecrets }: Settings) => ({
  sudoPassword: name === undefined ? undefined : pulumi.secret(sshSecrets[name]!),
});

function traitsOf({ stack, settings, artifacts }: Parameters<Composition["declare"]>[0]): MachineTraits {
  const { cgroupDriver, dedicatedDisk, cluster, kubeconfig, kubeContext } = settings;
  if (cluster === "kubeadm") return { cgroupDriver, dedicatedDisk, artifacts: artifacts.nodeBinaries };
  const context = kubeContext === undefined ? {} : { context: kubeContext };
  return { existing: { clusterName: stack, kubeconfig: pulumi.secret(kubeconfig), ...context } };
}
