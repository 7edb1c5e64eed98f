import type { PolicyDocument } from "../node-pool/aws/trust";

/** Lets whoever has it read these objects, and nothing else. */
export const readDocument = (objects: readonly string[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: [...objects] }],
});

/** Refuses every request to a bucket that is not encrypted on its way. */
export const tlsOnlyDocument = (bucket: string): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucket, `${bucket}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
});
