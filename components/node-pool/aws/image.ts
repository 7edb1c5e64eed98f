import { getParameterOutput } from "@pulumi/aws/ssm/getParameter";
import * as pulumi from "@pulumi/pulumi";
import type { AwsArchitecture } from "./architecture";
import { imageParameter, type PinnedImage } from "./image-name";

/** The image's id in the provider's region. */
export function imageId(
  image: PinnedImage,
  architecture: AwsArchitecture,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const name = imageParameter(image, architecture);
  return name === undefined ? pulumi.output(image) : getParameterOutput({ name }, opts).value;
}
