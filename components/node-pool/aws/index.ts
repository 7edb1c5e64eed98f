export { AwsApiEndpoint, type AwsApiEndpointArgs } from "./api-endpoint";
export { type AwsArchitecture, architectureOf, instanceTypeProblem } from "./architecture";
export { type AwsMachineArgs, type AwsNodePoolArgs, type AwsSshAccess, sourceProblem } from "./args";
export { type AwsImage, imageId, imageProblem } from "./image";
export { AwsNodePool } from "./pool";
export { machineTrust, type PolicyDocument, SESSION_POLICY } from "./trust";
