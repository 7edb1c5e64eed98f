import { createHash } from "node:crypto";
import { Bucket } from "@pulumi/aws/s3/bucket";
import { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock";
import * as pulumi from "@pulumi/pulumi";
import { named } from "../aws-network";
import { type Download, transactionProgram } from "../cloud-init";
import type { NodePayload } from "../node-runtime";
import { readDocument, tlsOnlyDocument } from "./documents";

export interface AwsFilesArgs {
  /** The runtime's payload on this host. */
  payload: NodePayload;
  /** Region of the bucket, `eu-central-1`, the provider's: machines sign what they ask for with it. */
  region: string;
  /** Tags of everything made. Default none. */
  tags?: Readonly<Record<string, string>>;
}

/** How the names of files begin: also those of older ones, which machines of an older template still fetch. */
const PAYLOAD = "payload-";
const TRANSACTION = "transaction-";

type Place = Required<Pick<Download, "url" | "region">>;

/**
 * What machines on AWS fetch at their first boot: the runtime's payload and the transaction, in a bucket that nobody
 * reads without the role for it.
 *
 * Each file has its content's checksum in its name. So a new version is a new file beside the old one, which goes at the
 * end of the update, when no launch template names it any more: an update that fails on the way to there keeps both.
 */
export class AwsFiles extends pulumi.ComponentResource {
  /** Where the payload lies, for `userData`. */
  readonly payload: pulumi.Output<Place>;
  /** Where the transaction lies, for `userData`. */
  readonly transaction: pulumi.Output<Place>;
  /** IAM policy document of a role that reads both, and those of other versions, as JSON. */
  readonly readPolicy: pulumi.Output<string>;
  /** What must exist before a machine may ask for a file. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: AwsFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { payload, region, tags = {} } = args;
    const { sha256 } = payload.manifest;
    super("ofwasm:index:AwsFiles", name, { payload: `sha256:${sha256}` }, opts);

    // AWS encrypts what is put into a bucket, and knows no other owner of it than the bucket's, since 2023.
    const bucket = new Bucket(`${name}-bucket`, { tags: named(`${name}-bucket`, tags) }, { parent: this });
    const closed = new BucketPublicAccessBlock(
      `${name}-private`,
      {
        bucket: bucket.id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      { parent: this },
    );
    const policy = new BucketPolicy(
      `${name}-tls`,
      { bucket: bucket.id, policy: bucket.arn.apply((arn) => JSON.stringify(tlsOnlyDocument(arn))) },
      // While the block is being put up, AWS refuses a policy.
      { parent: this, dependsOn: [closed] },
    );
    const program = transactionProgram();
    const [payloadHash, transactionHash] = [sha256.slice(0, 16), shortSha256(program)];
    // Another version is another resource. As a replacement, an older version would after a failed update be due to be
    // deleted by its key, even when the program has gone back to it.
    const files = [
      this.file(`${name}-payload-${payloadHash}`, bucket, policy, `${PAYLOAD}${payloadHash}.tar.gz`, {
        source: new pulumi.asset.FileAsset(payload.path),
      }),
      this.file(`${name}-transaction-${transactionHash}`, bucket, policy, `${TRANSACTION}${transactionHash}.sh`, {
        source: new pulumi.asset.StringAsset(program),
      }),
    ] as const;

    const placeOf = ({ key }: BucketObjectv2): pulumi.Output<Place> =>
      pulumi
        .all([bucket.bucketRegionalDomainName, key])
        .apply(([host, path]) => ({ url: `https://${host}/${path}`, region }));
    this.payload = placeOf(files[0]);
    this.transaction = placeOf(files[1]);
    // Not the two keys: while nodes are rolled, and after a roll that failed, machines are born that ask for the older
    // ones. Which content they take their own user-data says, by its checksum.
    this.readPolicy = bucket.arn.apply((arn) =>
      JSON.stringify(readDocument([PAYLOAD, TRANSACTION].map((prefix) => `${arn}/${prefix}*`))),
    );
    this.ready = files;
    this.registerOutputs({ payload: this.payload, transaction: this.transaction });
  }

  private file(
    name: string,
    bucket: Bucket,
    policy: BucketPolicy,
    key: string,
    content: { source: pulumi.asset.Asset },
  ): BucketObjectv2 {
    return new BucketObjectv2(name, { bucket: bucket.id, key, ...content }, { parent: this, dependsOn: [policy] });
  }
}

const shortSha256 = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
