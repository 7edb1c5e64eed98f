import type { Composition } from "../stacks/composition";
import { type Combination, checkCombination, describeFinding } from "./compatibility";
import { pins } from "./pins";
import { platformCombination } from "./platform-compatibility";
import { sampleBuildMistakes } from "./sample-build";
import { type Mistake, type Settings, SettingsError } from "./settings";
import { versions } from "./versions";

/** Which setting decides a member of the combination. */
const SETTING: Partial<Record<keyof Combination, keyof Settings>> = {
  kubernetes: "kubernetesVersion",
  crun: "crunVersion",
  wasmedge: "wasmedgeVersion",
};

/** A version that nothing here can be built from. */
function unbuildable(name: "crun" | "wasmedge", settings: Settings): { key: string; value: string; allowed: string }[] {
  const [key, artifact] =
    name === "crun" ? (["crunVersion", "crun-source"] as const) : (["wasmedgeVersion", WASMEDGE] as const);
  const known = [...new Set(pins.filter((one) => one.name === artifact).map(({ version }) => version))];
  const value = settings[key];
  return known.includes(value)
    ? []
    : [{ key, value, allowed: `${known.join(" or ")}, which infra/pins has a checksum of` }];
}

/** The archive of WasmEdge that machines get where it is reached. */
const WASMEDGE = "wasmedge-manylinux2014";

/**
 * Judges what a composition was told before anything is begun: its own rules, the folder that is built, the versions.
 *
 * @returns what works but has a drawback, a line each
 * @throws SettingsError with every mistake at once
 */
export function admitSettings(
  { needs, problems }: Pick<Composition, "needs" | "problems">,
  settings: Settings,
  stack: string,
): string[] {
  const mistakes: Mistake[] = [
    ...(problems?.(settings, stack) ?? []),
    ...(needs.includes("sample") ? sampleBuildMistakes(settings) : []),
  ];
  try {
    const warnings = admitVersions(settings, needs.includes("localMachines"));
    if (mistakes.length === 0) return warnings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    mistakes.push(...error.mistakes);
  }
  throw new SettingsError(mistakes);
}

/**
 * Judges the versions of a stack before anything is begun.
 *
 * @param local whether the machines are born from the image that is made here
 * @returns what works but has a drawback, a line each
 * @throws SettingsError for versions that do not go together, or of which nobody knows that they do
 */
export function admitVersions(settings: Settings, local: boolean): string[] {
  const findings = checkCombination({
    kubernetes: settings.kubernetesVersion,
    crun: settings.crunVersion,
    wasmedge: settings.wasmedgeVersion,
    etcd: versions.etcd,
    ...platformCombination(settings.platform),
    // Local machines get an image that is built here.
    ...(settings.network === "overlay" && !local ? { flannel: versions.flannel.version } : {}),
  });
  const built = versions.kubernetes.module;
  if (local && settings.kubernetesVersion !== built) {
    const allowed = `${built}, which the image of local machines carries`;
    throw new SettingsError([{ key: "kubernetesVersion", value: settings.kubernetesVersion, allowed }]);
  }
  const refused = findings.filter(({ severity }) => severity === "refuse");
  if (refused.length > 0) {
    throw new SettingsError(
      refused.map(({ what, value, reason, nearestGood }) => ({
        key: SETTING[what] ?? what,
        value,
        allowed: `${nearestGood}, because ${reason}`,
      })),
    );
  }
  const unpinned = (["crun", "wasmedge"] as const).flatMap((name) => unbuildable(name, settings));
  if (unpinned.length > 0) throw new SettingsError(unpinned);
  return findings.map(describeFinding);
}
