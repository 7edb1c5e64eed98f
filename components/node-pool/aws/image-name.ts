import type { AwsArchitecture } from "./architecture";

/**
 * The image that machines are born from, pinned either way:
 * - `ami-…`, which is another one in each region;
 * - `debian-13@20251117-2299` or `ubuntu-24.04@20240423`: the release and build of the distribution's publisher, the same
 *   text in every region. It is found by its exact name among the images of the publisher's own account.
 */
export type PinnedImage = string;

/** An image as its publisher named it. */
export interface ImageName {
  /** Account of the publisher: anybody may give an image that name. */
  owner: string;
  name: string;
}

const AMI = /^ami-[0-9a-f]{8,17}$/;

/** https://wiki.debian.org/Cloud/AmazonEC2Image states it. */
const DEBIAN = "136693071363";

/** https://documentation.ubuntu.com/aws states it. */
const CANONICAL = "099720109477";

/** Ubuntu's folder and code name of a release; 24.04 is the first whose images lie on gp3. */
const UBUNTU: Readonly<Record<string, string>> = {
  "22.04": "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04",
  "24.04": "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04",
};

/** What each publisher calls an image, by release, build and architecture. */
const NAMES: readonly [image: RegExp, name: (release: string, build: string, cpu: AwsArchitecture) => ImageName][] = [
  [
    /^debian-(12|13)@(\d{8}-\d+)$/,
    (release, build, cpu) => ({ owner: DEBIAN, name: `debian-${release}-${cpu}-${build}` }),
  ],
  [
    /^ubuntu-(22\.04|24\.04)@(\d{8}(?:\.\d+)?)$/,
    (release, build, cpu) => ({ owner: CANONICAL, name: `${UBUNTU[release]}-${cpu}-server-${build}` }),
  ],
];

/** What is wrong with an image, or nothing. An image named by `latest` is another one tomorrow. */
export const imageProblem = (image: PinnedImage): string | undefined =>
  AMI.test(image) || NAMES.some(([pattern]) => pattern.test(image))
    ? undefined
    : `"${image}": give ami-…, or a release and its build, debian-13@20251117-2299 or ubuntu-24.04@20240423`;

/** What the publisher calls an image; `undefined` for an image that is an id itself. */
export function imageName(image: PinnedImage, architecture: AwsArchitecture): ImageName | undefined {
  for (const [pattern, name] of NAMES) {
    const [, release, build] = pattern.exec(image) ?? [];
    if (release !== undefined && build !== undefined) return name(release, build, architecture);
  }
  return undefined;
}
