import type { AwsArchitecture } from "./architecture";

/**
 * The image that machines are born from, pinned either way:
 * - `ami-…`, which is another one in each region;
 * - `debian-13@20260101-2350` or `ubuntu-24.04@20260101`: the release and build that the distribution's publisher has
 *   in AWS's public parameters, the same text in every region.
 */
export type PinnedImage = string;

const AMI = /^ami-[0-9a-f]{8,17}$/;

/** Where each publisher keeps the ids of its images, by release, build and architecture. */
const PARAMETERS: readonly [
  image: RegExp,
  parameter: (release: string, build: string, cpu: AwsArchitecture) => string,
][] = [
  [/^debian-(12|13)@(\d{8}-\d+)$/, (release, build, cpu) => `/aws/service/debian/release/${release}/${build}/${cpu}`],
  [
    /^ubuntu-(22\.04|24\.04)@(\d{8}(?:\.\d+)?)$/,
    (release, build, cpu) =>
      // 24.04 is the first whose images lie on gp3.
      `/aws/service/canonical/ubuntu/server/${release}/stable/${build}/${cpu}/hvm/ebs-gp${release === "22.04" ? 2 : 3}/ami-id`,
  ],
];

/** What is wrong with an image, or nothing. An image named by `latest` or `current` is another one tomorrow. */
export const imageProblem = (image: PinnedImage): string | undefined =>
  AMI.test(image) || PARAMETERS.some(([pattern]) => pattern.test(image))
    ? undefined
    : `"${image}": give ami-…, or a release and its build, debian-13@20260101-2350 or ubuntu-24.04@20260101`;

/** The public parameter that has an image's id; `undefined` for an image that is an id itself. */
export function imageParameter(image: PinnedImage, architecture: AwsArchitecture): string | undefined {
  for (const [pattern, parameter] of PARAMETERS) {
    const [, release, build] = pattern.exec(image) ?? [];
    if (release !== undefined && build !== undefined) return parameter(release, build, architecture);
  }
  return undefined;
}
