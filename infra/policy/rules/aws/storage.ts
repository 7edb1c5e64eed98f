import { ofTypes, type Resource, type Rule, when } from "../../rule";
import { at, isMissing, isSurely, items, mayBe, text, UNKNOWN } from "../../values";
import { statementsOf } from "./documents";

const BUCKETS = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];

/** All four, or some way in is left. */
const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

const OPEN_ACL = /^(public-read|public-read-write|authenticated-read|website)$/;

const deniesPlainHttp = ({ inputs }: Resource): boolean =>
  statementsOf(inputs.policy).some(
    ({ effect, condition }) => effect === "Deny" && isSurely(at(condition, "Bool", "aws:SecureTransport"), false),
  );

export const storageRules: readonly Rule[] = [
  {
    name: "aws-public-bucket",
    description: "No bucket is open by its access list.",
    level: "mandatory",
    remedy: "leave out acl; give readers rights by a role",
    on: ofTypes(
      ...BUCKETS,
      "aws:s3/bucketAcl:BucketAcl",
      "aws:s3/bucketAclV2:BucketAclV2",
      "aws:s3/bucketObject:BucketObject",
      "aws:s3/bucketObjectv2:BucketObjectv2",
    ),
    judge: ({ inputs }) => when(OPEN_ACL.test(text(inputs.acl) ?? ""), `acl is ${text(inputs.acl)}`),
  },
  {
    name: "aws-bucket-block",
    description: "The block of public access of a bucket blocks all four ways.",
    level: "mandatory",
    remedy: `set ${BLOCKS.join(", ")} to true`,
    on: ofTypes("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"),
    judge: ({ inputs }) => BLOCKS.filter((field) => !mayBe(inputs[field], true)).map((field) => `${field} is not true`),
  },
  {
    name: "aws-bucket-tls",
    description: "The policy of a bucket refuses what comes without TLS.",
    level: "mandatory",
    remedy: 'add a statement that denies s3:* where Bool "aws:SecureTransport" is "false"',
    on: ofTypes("aws:s3/bucketPolicy:BucketPolicy"),
    judge: (resource) =>
      when(
        resource.inputs.policy !== UNKNOWN && !deniesPlainHttp(resource),
        "no statement denies requests without aws:SecureTransport",
      ),
  },
  {
    name: "aws-bucket-encryption",
    description: "Objects of a bucket are encrypted with a named algorithm.",
    level: "mandatory",
    remedy: "set sseAlgorithm to aws:kms with a key of the stack's own, or to AES256",
    on: ofTypes(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
    ),
    judge: ({ inputs }) =>
      inputs.rules === UNKNOWN
        ? []
        : when(
            items(inputs.rules).length === 0 ||
              items(inputs.rules).some((rule) =>
                isMissing(at(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm")),
              ),
            "a rule names no sseAlgorithm",
          ),
  },
  {
    name: "aws-bucket-force-destroy",
    description: "In production no bucket is deleted with what is in it.",
    level: "mandatory",
    remedy: "leave out forceDestroy",
    on: ofTypes(...BUCKETS),
    judge: ({ inputs, production }) => when(production && isSurely(inputs.forceDestroy, true), "forceDestroy is true"),
  },
  {
    name: "aws-key-rotation",
    description: "Keys of KMS are rotated.",
    level: "mandatory",
    remedy: "set enableKeyRotation: true",
    on: ofTypes("aws:kms/key:Key"),
    judge: ({ inputs }) =>
      when(
        // Others than symmetric keys of KMS's own cannot be.
        (isMissing(inputs.customerMasterKeySpec) || mayBe(inputs.customerMasterKeySpec, "SYMMETRIC_DEFAULT")) &&
          isMissing(inputs.customKeyStoreId) &&
          !mayBe(inputs.enableKeyRotation, true),
        "enableKeyRotation is not true",
      ),
  },
];
