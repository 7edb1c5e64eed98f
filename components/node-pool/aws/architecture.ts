/** Processors of EC2 machines, in Go's words. */
export type AwsArchitecture = "amd64" | "arm64";

/** AWS marks families with its own Arm processors by a `g` behind the generation: t4g, m7gd, c7gn, is4gen. */
const ARM_FAMILY = /^(a1|[a-z]+\d+g[a-z]*)$/;

const INSTANCE_TYPE = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/;

/** The processors of an instance type, `t4g.small`. */
export const architectureOf = (instanceType: string): AwsArchitecture =>
  ARM_FAMILY.test(instanceType.split(".")[0] ?? "") ? "arm64" : "amd64";

/** What is wrong with an instance type on machines of an architecture, or nothing. */
export function instanceTypeProblem(instanceType: string, architecture: AwsArchitecture): string | undefined {
  if (!INSTANCE_TYPE.test(instanceType)) return `"${instanceType}": not an instance type; write it like m7i.large`;
  const has = architectureOf(instanceType);
  return has === architecture
    ? undefined
    : `"${instanceType}" has processors of ${has}, and the machines' image and payload are for ${architecture}`;
}
