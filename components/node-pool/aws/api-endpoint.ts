import type { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import { Listener } from "@pulumi/aws/lb/listener";
import { LoadBalancer } from "@pulumi/aws/lb/loadBalancer";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup";
import { TargetGroupAttachment } from "@pulumi/aws/lb/targetGroupAttachment";
import * as pulumi from "@pulumi/pulumi";
import type { AwsNetwork } from "../../aws-network";
import { named, PUBLIC_TAG } from "../../aws-network/tags";

import { MAX_ENDPOINT_NAME } from "./endpoint-name";
import { allowIn, allowOut, type GroupScope, securityGroup } from "./groups";
import { API_PORT, type Rule } from "./rules";
import { sourceProblem } from "./sources";

export interface AwsApiEndpointArgs {
  network: Pick<AwsNetwork, "vpcId" | "publicSubnetIds" | "privateSubnetIds" | "ready">;
  /** Control planes: their instances, and the group that all of them are in. A plain list. */
  controlPlanes: readonly { name: string; instanceId: pulumi.Input<string> }[];
  machineGroup: SecurityGroup;
  /** Networks that may ask the API server through this, one or more and not the whole internet. */
  sourceCidrs: readonly string[];
  /** Reached from the internet, by the networks above. Default false: from inside the network only. Settled for good. */
  public?: boolean;
  /** Tags of everything made. Default none. */
  tags?: Readonly<Record<string, string>>;
}

/** What is wrong with an endpoint's arguments, all of it. */
export function apiEndpointProblems(name: string, args: AwsApiEndpointArgs): pulumi.InputPropertyErrorDetails[] {
  const { controlPlanes, sourceCidrs, network } = args;
  const problems: [string, string | undefined | false][] = [
    ["name", name.length > MAX_ENDPOINT_NAME && `"${name}": ${name.length} characters, at most ${MAX_ENDPOINT_NAME}`],
    ["controlPlanes", controlPlanes.length === 0 && "empty: give at least one"],
    ["sourceCidrs", sourceCidrs.length === 0 && "empty: give the networks that may ask the API server"],
    ...sourceCidrs.map((cidr): [string, string | undefined] => ["sourceCidrs", sourceProblem(cidr)]),
    ["public", args.public && network.publicSubnetIds.length === 0 && "true: the network has no public subnet for it"],
  ];
  return problems.flatMap(([propertyPath, reason]) => (reason ? [{ propertyPath, reason }] : []));
}

const API_RULE: Rule = { key: "api", description: "API server, for its users", protocol: "tcp", port: API_PORT };
const BALANCER_RULE: Rule = { ...API_RULE, key: "api-balancer", description: "API server, from its load balancer" };

/** A control plane that does not answer gets no more connections after 20 s, where there is another. */
const HEALTH_CHECK = { protocol: "HTTPS", path: "/readyz", interval: 10, healthyThreshold: 2, unhealthyThreshold: 2 };

/**
 * A name for the API server that stays when machines come and go: a network load balancer, which passes TLS on as it is.
 *
 * Machines do not go through it: they know the control plane's own address, so its loss stops no node.
 */
export class AwsApiEndpoint extends pulumi.ComponentResource {
  /** DNS name of the load balancer, known when it leads to the control planes. */
  readonly host: pulumi.Output<string>;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: AwsApiEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    const errors = apiEndpointProblems(name, args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `API endpoint "${name}"`, errors });
    super("ofwasm:index:AwsApiEndpoint", name, { public: args.public ?? false, sourceCidrs: args.sourceCidrs }, opts);

    const scope: GroupScope = { vpcId: args.network.vpcId, tags: args.tags ?? {}, parent: this };
    const group = this.entrance(name, args, scope);
    const balancer = this.balancer(name, args, group, scope.tags);
    const target = this.target(name, args.network.vpcId, scope.tags);
    const listener = this.listener(`${name}-listener`, balancer, target, scope.tags);
    const attached = args.controlPlanes.map((one) => this.attach(`${name}-${one.name}`, target, one.instanceId));
    this.host = pulumi
      .all([balancer.dnsName, listener.id, ...attached.map(({ id }) => id)])
      .apply(([dnsName]) => dnsName as string);

    this.registerOutputs({ host: this.host });
  }

  private entrance(name: string, { sourceCidrs, machineGroup }: AwsApiEndpointArgs, scope: GroupScope): SecurityGroup {
    const group = securityGroup(`${name}-group`, "Load balancer of an API server", scope);
    for (const cidr of sourceCidrs) allowIn(name, group, API_RULE, { cidr }, scope);
    allowOut(name, group, BALANCER_RULE, { group: machineGroup }, scope);
    allowIn(`${name}-machines`, machineGroup, BALANCER_RULE, { group }, scope);
    return group;
  }

  private balancer(
    name: string,
    args: AwsApiEndpointArgs,
    group: SecurityGroup,
    tags: Readonly<Record<string, string>>,
  ): LoadBalancer {
    const { network } = args;
    return new LoadBalancer(
      `${name}-nlb`,
      {
        loadBalancerType: "network",
        internal: !args.public,
        subnets: args.public ? network.publicSubnetIds : network.privateSubnetIds,
        securityGroups: [group.id],
        enableCrossZoneLoadBalancing: true,
        tags: named(name, args.public ? { ...tags, [PUBLIC_TAG]: "API server, for named networks" } : tags),
      },
      // AWS makes none that the internet reaches before the network has its gateway.
      { parent: this, dependsOn: [...network.ready] },
    );
  }

  private target(name: string, vpcId: pulumi.Input<string>, tags: Readonly<Record<string, string>>): TargetGroup {
    return new TargetGroup(
      `${name}-target`,
      {
        vpcId,
        port: API_PORT,
        protocol: "TCP",
        targetType: "instance",
        // With the client's address a control plane that asks for itself would get an answer from nowhere.
        preserveClientIp: "false",
        deregistrationDelay: 30,
        healthCheck: HEALTH_CHECK,
        tags: named(name, tags),
      },
      { parent: this },
    );
  }

  private listener(
    name: string,
    balancer: LoadBalancer,
    target: TargetGroup,
    tags: Readonly<Record<string, string>>,
  ): Listener {
    return new Listener(
      name,
      {
        loadBalancerArn: balancer.arn,
        port: API_PORT,
        protocol: "TCP",
        defaultActions: [{ type: "forward", targetGroupArn: target.arn }],
        tags: { ...tags },
      },
      { parent: this },
    );
  }

  private attach(name: string, target: TargetGroup, instanceId: pulumi.Input<string>): TargetGroupAttachment {
    const settings = { targetGroupArn: target.arn, targetId: instanceId, port: API_PORT };
    return new TargetGroupAttachment(`${name}-attachment`, settings, { parent: this });
  }
}
