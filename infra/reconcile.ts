import * as pulumi from "@pulumi/pulumi";

/**
 * Makes every script run again on its machine, and every file be copied there again, once for each value.
 *
 * The value goes behind the script's own inputs: that is an update in place, where a trigger would replace the command
 * and undo what it did. A copy has nothing to undo, and nothing but a trigger makes it run again; what is there already
 * is not sent. Empty: nothing is changed, so that a stack which never used it has the inputs that it always had.
 */
export function reconcileMachines(value: string): void {
  if (value === "") return;
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (type === "command:remote:CopyToRemote") return { props: { ...props, triggers: [value] }, opts };
    const { stdin } = props as { stdin?: pulumi.Input<string> };
    if (type !== "command:remote:Command" || stdin === undefined) return undefined;
    return { props: { ...props, stdin: pulumi.interpolate`${stdin}reconcile=${value}\n` }, opts };
  });
}
