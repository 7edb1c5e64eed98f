import { lostWith } from "./lasting";

test.each([
  ["command:local:Command", "prod-0-machine"],
  ["command:remote:Command", "prod-cluster-control-plane"],
  ["kubernetes:core/v1:Namespace", "anything"],
  ["kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "functions.core.openfunction.io"],
  ["aws:ec2/instance:Instance", "prod-0-machine"],
  ["aws:ec2/vpc:Vpc", "prod-vpc"],
  ["aws:ebs/volume:Volume", "prod-data"],
])("%s %s holds what no run can make again", (type, name) => {
  expect(lostWith(type, name)).toMatch(/\w/);
});

test.each([
  ["command:local:Command", "prod-1-machine"],
  ["command:local:Command", "prod-10-machine"],
  ["command:remote:Command", "prod-cluster-prod-1-join"],
  ["command:remote:Command", "prod-0-runtime-transaction"],
  ["kubernetes:core/v1:Node", "prod-cluster-prod-1"],
  ["kubernetes:core/v1:NamespacePatch", "prod"],
  ["kubernetes:apps/v1:Deployment", "http-server-deployment"],
  ["aws:ec2/instance:Instance", "prod-1-machine"],
])("%s %s is made again as it was", (type, name) => {
  expect(lostWith(type, name)).toBeUndefined();
});
