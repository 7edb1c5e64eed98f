import type { PropertyMap } from "../../../infra/toolchain/plugins/host/values";

/** A resource that a rule is asked about. */
export interface Case {
  type: string;
  /** Default `one`. */
  name?: string;
  inputs: PropertyMap;
  /** Default false. */
  protect?: boolean;
  /** Default false. */
  production?: boolean;
}

/** For a rule: what breaks it, and what is like it and does not. */
export interface Cases {
  wrong: readonly Case[];
  right: readonly Case[];
}

/** Cases of one type. */
export const ofType =
  (type: string) =>
  (inputs: PropertyMap, rest: Omit<Partial<Case>, "type" | "inputs"> = {}): Case => ({ type, inputs, ...rest });
