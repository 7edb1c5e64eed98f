export type { Download, JoinHook, LifecycleHook, UserDataArgs } from "./args";
export type { UserDataPart } from "./mime";
export { transactionProgram, USER_DATA_LIMIT, userData } from "./user-data";
