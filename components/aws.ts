/** The library on AWS, apart from the rest of it: whoever is elsewhere loads nothing of AWS's SDK. */
export * from "./aws-files";
export * from "./aws-network";
export * from "./eks";
export * from "./node-pool/aws";
