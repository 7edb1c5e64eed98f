import type { ScriptInputs } from "../remote";
import { type NodePayload, payloadInputs } from "./transaction";

/** How a machine compiles crun. */
export interface NodeBuild {
  /**
   * Whether missing build packages may be installed with apt, for the time of the compilation. Where not, or where
   * apt cannot, a machine without them is refused with the list. Default true.
   */
  installPackages?: boolean;
  /** Seconds that the compilation may take. Default 900. */
  deadlineSeconds?: number;
}

/** What a machine is like, however the script comes to it. */
export interface NodeTraits {
  /** Only where the machine compiles crun. */
  build?: NodeBuild;
  /** The cgroup driver that pods use. Default `auto`: the kubelet's; before there is one, runc's in containerd. */
  cgroupDriver?: "auto" | "systemd" | "cgroupfs";
  /** First and last release line of containerd that is accepted, such as 1.6 and 2.3. Default: any. */
  containerdVersions?: { oldest: string; newest: string };
  /** Containerd's configuration file. Default `/etc/containerd/config.toml`. */
  containerdConfig?: string;
  /** Containerd's systemd unit. Default `containerd`. */
  containerdUnit?: string;
  /** Containerd's socket. Default `/run/containerd/containerd.sock`. */
  containerdSocket?: string;
}

/** Whether the machine compiles crun itself, a matter of minutes. */
export const isBuiltThere = ({ manifest }: Pick<NodePayload, "manifest">): boolean => manifest.build === "node";

/**
 * All inputs of the script.
 *
 * @throws as `payloadInputs` does
 */
export function transactionInputs(payload: NodePayload, traits: NodeTraits): ScriptInputs {
  const { containerdVersions: range } = traits;
  return {
    ...payloadInputs(payload),
    ...(isBuiltThere(payload) ? buildInputs(traits.build) : {}),
    ...(range === undefined ? {} : { containerd_oldest: range.oldest, containerd_newest: range.newest }),
    cgroup_driver: traits.cgroupDriver ?? "auto",
    config: traits.containerdConfig ?? "/etc/containerd/config.toml",
    unit: traits.containerdUnit ?? "containerd",
    socket: traits.containerdSocket ?? "/run/containerd/containerd.sock",
  };
}

const buildInputs = ({ installPackages, deadlineSeconds }: NodeBuild = {}): ScriptInputs => ({
  install_build_packages: installPackages ?? true,
  build_deadline_seconds: deadlineSeconds ?? 900,
});
