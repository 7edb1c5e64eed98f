export type { MachineId } from "./layout";
export { bootStack, deleteStack, listAll, type MachineStatus, type MachineSummary, machineStatus } from "./machine";
export { stackNetwork } from "./networks";
export { HOST_PACKAGES } from "./packages";
