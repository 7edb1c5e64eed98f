import { charts } from "./charts";
import { kubernetes } from "./kubernetes";
import type { Pin, PinArchitecture } from "./pin";
import { runtime } from "./runtime";
import { toolchain } from "./toolchain";

export type { Pin, PinArchitecture } from "./pin";
export { unpinned } from "./unpinned";

/**
 * Published checksums. One is added only when a public source states it; none is computed from a download of
 * ours, except where `statedBy` says so.
 */
export const pins: readonly Pin[] = [...toolchain, ...runtime, ...kubernetes, ...charts];

/**
 * The pin of a file.
 *
 * @throws when there is none: a version without a checksum is not downloaded
 */
export function pin(name: string, version: string, architecture: PinArchitecture): Pin {
  const found = findPin(name, version, architecture);
  if (!found) {
    const known = pins.filter((one) => one.name === name).map((one) => `${one.version} ${one.architecture}`);
    throw new Error(
      `${name} ${version} for ${architecture} has no published checksum in infra/pins` +
        `${known.length > 0 ? `; pinned: ${known.join(", ")}` : ""}`,
    );
  }
  return found;
}

/** The pin of a file, if there is one. */
export function findPin(name: string, version: string, architecture: PinArchitecture): Pin | undefined {
  return pins.find(
    (one) =>
      one.name === name && one.version === version && (one.architecture === architecture || one.architecture === "any"),
  );
}
