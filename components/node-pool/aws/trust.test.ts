import { lifecyclePolicy, machineTrust, sessionPolicy } from "./trust";

const GROUP = "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1:autoScalingGroupName/workers";

it("a machine answers for its own group", () => {
  expect(lifecyclePolicy(GROUP).Statement).toEqual([
    { Effect: "Allow", Action: "autoscaling:CompleteLifecycleAction", Resource: GROUP },
  ]);
});

it("machines alone take the role", () => {
  expect(machineTrust()).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
  });
});

it("a session needs five actions, none of which reads anything of the account", () => {
  const [statement] = sessionPolicy().Statement as { Action: string[] }[];
  expect(statement?.Action).toEqual([
    "ssm:UpdateInstanceInformation",
    ...["Create", "Open"].flatMap((verb) => ["Control", "Data"].map((way) => `ssmmessages:${verb}${way}Channel`)),
  ]);
});

it("nothing is allowed to everybody, or everything to anybody", () => {
  for (const document of [machineTrust(), lifecyclePolicy(GROUP)]) expect(JSON.stringify(document)).not.toContain("*");
});
