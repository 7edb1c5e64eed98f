import { getAmiOutput } from "@pulumi/aws/ec2/getAmi";
import * as pulumi from "@pulumi/pulumi";
import type { AwsArchitecture } from "./architecture";
import { imageName, type PinnedImage } from "./image-name";

/** The image's id in the provider's region. */
export function imageId(
  image: PinnedImage,
  architecture: AwsArchitecture,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const published = imageName(image, architecture);
  if (published === undefined) return pulumi.output(image);
  const { owner, name } = published;
  // AWS hides images that are two years old. Exactly one must be found, or the preview fails.
  const query = { owners: [owner], filters: [{ name: "name", values: [name] }], includeDeprecated: true };
  return getAmiOutput(query, opts).id;
}
