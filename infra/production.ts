import * as pulumi from "@pulumi/pulumi";
import { lostWith } from "./lasting";

/**
 * Protects what holds data, whoever declares it: the engine then refuses to delete or replace it, as part of any run.
 *
 * Nothing is retained on delete: what is protected is not deleted at all, and what no state knows any more would be
 * left on machines and in accounts that are paid for.
 */
export function protectData(): void {
  pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) =>
    lostWith(type, name) === undefined ? undefined : { props, opts: { ...opts, protect: true } },
  );
}
