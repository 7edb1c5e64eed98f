/** What settings are checked by, apart from the resources: nothing of AWS's SDK is loaded with it. */
export { type AwsArchitecture, instanceTypeProblem } from "./architecture";
export { MAX_ENDPOINT_NAME } from "./endpoint-name";
export { imageProblem, type PinnedImage } from "./image-name";
export { sourceProblem } from "./sources";
