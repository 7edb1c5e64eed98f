/** What settings are checked by, apart from the resources: nothing of AWS's SDK is loaded with it. */
export { vpcCidrProblem } from "./subnets";
export { zoneProblems } from "./zones";
