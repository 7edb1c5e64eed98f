/** A kind of resource that holds what no run can make again. */
interface Kept {
  type: string;
  /** Which of that type. Default: all. */
  name?: RegExp;
  /** What would be lost with it. */
  holds: string;
}

/**
 * What a stack in production keeps until somebody says otherwise. Not in it: what the program makes again as it was,
 * such as workers, a runtime, Deployments and nodes, so that they can be replaced and rolled as before.
 */
const kept: readonly Kept[] = [
  { type: "command:local:Command", name: /-0-machine$/, holds: "the machine that etcd is on" },
  { type: "command:local:Command", name: /-client-keys$/, holds: "the only key that the machines let in" },
  { type: "command:local:Command", name: /-cluster-id$/, holds: "what machines know their cluster by" },
  { type: "command:remote:Command", name: /-control-plane$/, holds: "etcd and the cluster's certificate authority" },
  // What users put into them is not in the program.
  { type: "kubernetes:core/v1:Namespace", holds: "every object in it, users' too" },
  { type: "kubernetes:core/v1:PersistentVolume", holds: "data of users" },
  { type: "kubernetes:core/v1:PersistentVolumeClaim", holds: "data of users" },
  { type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", holds: "every object of that kind" },
  { type: "aws:ec2/vpc:Vpc", holds: "the network that everything is in" },
  { type: "aws:ec2/instance:Instance", name: /-0-machine$/, holds: "the machine that etcd is on" },
  { type: "aws:lb/loadBalancer:LoadBalancer", holds: "the name that every kubeconfig has for the API server" },
  { type: "aws:ebs/volume:Volume", holds: "data of users" },
  { type: "aws:s3/bucket:Bucket", holds: "data of users" },
  { type: "aws:s3/bucketV2:BucketV2", holds: "data of users" },
  { type: "aws:eks/cluster:Cluster", holds: "the control plane and all objects in it" },
  { type: "aws:kms/key:Key", holds: "what encrypted volumes and secrets are read with" },
];

/** Whether some of that type hold what no run can make again. */
export const isLasting = (type: string): boolean => kept.some((one) => one.type === type);

/** What would be lost with that resource; `undefined` when a run makes it again as it was. */
export const lostWith = (type: string, name: string): string | undefined =>
  kept.find((one) => one.type === type && (one.name?.test(name) ?? true))?.holds;
