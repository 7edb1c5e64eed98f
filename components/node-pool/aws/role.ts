import { InstanceProfile } from "@pulumi/aws/iam/instanceProfile";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import type * as pulumi from "@pulumi/pulumi";
import { machineTrust, sessionPolicy } from "./trust";

/** The role of machines: Systems Manager may open a shell on them, and they may do nothing else. */
export function declareMachineRole(
  name: string,
  tags: Readonly<Record<string, string>>,
  parent: pulumi.Resource,
): { role: Role; profile: InstanceProfile; ready: pulumi.Resource[] } {
  const role = new Role(
    `${name}-role`,
    { assumeRolePolicy: JSON.stringify(machineTrust()), description: "Machines of a cluster", tags: { ...tags } },
    { parent },
  );
  const sessions = new RolePolicy(
    `${name}-sessions`,
    { role: role.name, policy: JSON.stringify(sessionPolicy()) },
    { parent },
  );
  const profile = new InstanceProfile(`${name}-profile`, { role: role.name, tags: { ...tags } }, { parent });
  return { role, profile, ready: [sessions] };
}
