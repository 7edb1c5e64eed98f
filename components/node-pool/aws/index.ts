export { AwsApiEndpoint, type AwsApiEndpointArgs } from "./api-endpoint";
export { type AwsArchitecture, architectureOf, instanceTypeProblem } from "./architecture";
export type { AwsMachineArgs, AwsNodePoolArgs, AwsSshAccess } from "./args";
export { AwsAutoScalingPool, type AwsAutoScalingPoolArgs, launchHook } from "./auto-scaling-pool";
export { imageId } from "./image";
export { imageProblem, type PinnedImage } from "./image-name";
export { type AwsMachine, AwsNodePool } from "./pool";
export { sourceProblem } from "./sources";
export { lifecyclePolicy, machineTrust, type PolicyDocument, sessionPolicy } from "./trust";
