export { AwsFiles, type AwsFilesArgs } from "./aws-files";
export { readDocument, tlsOnlyDocument } from "./documents";
