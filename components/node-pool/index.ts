export { LocalNodePool, type LocalNodePoolArgs } from "./local";
export type { Machine, NodePool } from "./machine";
export { DEFAULT_RANGE, machineAddress, type NetworkPlan, planNetwork } from "./network";
export { type SshHostArgs, SshNodePool, type SshNodePoolArgs } from "./ssh";
