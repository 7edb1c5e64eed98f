import * as pulumi from "@pulumi/pulumi";

/** What a controller says of its object, once it has said something. */
export type Status = Record<string, unknown> | undefined;

interface Condition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}

const conditions = (status: Status): Condition[] => (status?.conditions ?? []) as Condition[];

/** Whether a condition is true. */
export const condition =
  (type: string) =>
  (status: Status): boolean =>
    conditions(status).some((one) => one.type === type && one.status === "True");

/**
 * The status of a BuildRun, which is none of a failed one.
 *
 * @param name of the function
 * @throws pulumi.RunError that says why the build failed, and how it is run again
 */
export function succeeded(name: string, status: Status): Status {
  const failed = conditions(status).find((one) => one.type === "Succeeded" && one.status === "False");
  if (failed === undefined) return status;
  const why = [failed.reason, failed.message].filter(Boolean).join(": ");
  throw new pulumi.RunError(
    `function "${name}": its build failed: ${why}; mend what it builds, or run it again with another build.trigger`,
  );
}
