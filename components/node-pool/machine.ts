import type * as pulumi from "@pulumi/pulumi";
import type { Login } from "../remote";

/** Where machines come from; whoever uses them need not know. */
export interface NodePool {
  readonly machines: readonly Machine[];
}

/** One machine that a pool hands out: reachable over SSH, host key pinned. */
export interface Machine extends Login {
  /** Unique within the stack; also the node's name in Kubernetes. */
  name: string;
  /** Position in its pool, from 0; decides the machine's pod subnet. */
  index: number;
  /** Address that the other machines reach it by. */
  address: pulumi.Input<string>;
  /**
   * What the machine lives and dies with; absent for a machine that outlives the stack. A pool replaces it without
   * `deleteBeforeReplace`: only then the engine spares what is on the old machine, instead of undoing it in any order.
   */
  resource?: pulumi.Resource;
  /** What must exist before the machine can be used. */
  ready: pulumi.Input<pulumi.Resource>[] | pulumi.Resource[];
}
