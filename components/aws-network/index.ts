export { type AwsNetworkArgs, DEFAULT_VPC_CIDR, type ExistingAwsNetwork } from "./args";
export { AwsNetwork } from "./aws-network";
export { planSubnets, type ZoneSubnets } from "./subnets";
export { type AwsTags, awsTags, named, PUBLIC_TAG } from "./tags";
export { regionOf } from "./zones";
