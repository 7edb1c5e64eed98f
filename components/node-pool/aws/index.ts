export { AwsApiEndpoint, type AwsApiEndpointArgs } from "./api-endpoint";
export { type AwsArchitecture, architectureOf, instanceTypeProblem } from "./architecture";
export type { AwsMachineArgs, AwsNodePoolArgs, AwsSshAccess } from "./args";
export { imageId } from "./image";
export { imageProblem, type PinnedImage } from "./image-name";
export { type AwsMachine, AwsNodePool } from "./pool";
export { sourceProblem } from "./sources";
export { machineTrust, type PolicyDocument, SESSION_POLICY } from "./trust";
