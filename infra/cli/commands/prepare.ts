import { existsSync } from "node:fs";
import { compositionNamed } from "../../../stacks/registry";
import { admitSettings } from "../../admission";
import { type ArtifactName, makingFor, prepareArtifacts, slowArtifacts } from "../../artifacts";
import type { Engine, Session } from "../../engine/session";
import { HOST_PACKAGES, listAll } from "../../local/machine";
import type { Settings } from "../../settings";
import { testArtifacts } from "../../testing/prepared";
import { ensureToolchain } from "../../toolchain";
import type { PluginName } from "../../toolchain/plugins";
import {
  COLD_CACHE_BYTES,
  MACHINE_BYTES,
  preflight,
  type Requirements,
  WARM_CACHE_BYTES,
} from "../../toolchain/preflight";
import { streamProgress } from "../../toolchain/progress";
import { artifactPath, ensureAll } from "../../toolchain/store";
import { ensureSystemPackages } from "../../toolchain/system-packages";

/** The toolchain, with its progress on the terminal. */
export async function prepareEngine(
  settings: Pick<Settings, "mirror"> = {},
  plugins: readonly PluginName[] = [],
): Promise<Engine> {
  return ensureToolchain(makingFor(settings, streamProgress()), plugins);
}

/** The toolchain with the plugins that the stack's resources need, to remove them: not what its program needs. */
export async function prepareRemoval({ stack, settings }: Session): Promise<Engine> {
  // A stack may be older than the name of its composition.
  const composition = await compositionNamed(settings.composition || stack).catch(() => undefined);
  return prepareEngine(settings, composition?.plugins);
}

/** The toolchain and everything that the stack's program needs, so that the engine starts with nothing to wait for. */
export async function prepareRun({ stack, settings }: Session): Promise<Engine> {
  const composition = await compositionNamed(settings.composition || stack);
  admitSettings(composition, settings, stack);
  return prepareAll(composition.needs, stack, settings, composition.plugins);
}

/** The toolchain and everything slow that a test can need, see `testArtifacts`; only the toolchain where machines cannot be made. */
export async function prepareTests(settings: Settings): Promise<Engine> {
  if (process.getuid?.() !== 0 || process.platform !== "linux") return prepareEngine(settings);
  const engine = await prepareAll(["localMachines", "payload", "sample"], "test", settings);
  await ensureAll(testArtifacts(), makingFor(settings, streamProgress()));
  return engine;
}

async function prepareAll(
  needs: readonly ArtifactName[],
  stack: string,
  settings: Settings,
  plugins: readonly PluginName[] = [],
): Promise<Engine> {
  const progress = streamProgress();
  const local = needs.includes("localMachines");
  const warm = slowArtifacts(needs, settings).every(isMade);
  const newMachines = local ? Math.max(0, settings.nodes - listAll(stack).length) : 0;
  await preflight(requirements(local, warm, newMachines), progress);
  if (local) await ensureSystemPackages(HOST_PACKAGES, progress);
  // Compilers wait for the network and for their linkers: side by side they fill each other's gaps.
  const [engine, artifacts] = await Promise.allSettled([
    prepareEngine(settings, plugins),
    prepareArtifacts(needs, stack, settings, progress),
  ]);
  if (engine.status === "rejected") throw engine.reason;
  if (artifacts.status === "rejected") throw artifacts.reason;
  return engine.value;
}

const isMade = (artifact: Parameters<typeof artifactPath>[0]): boolean => existsSync(artifactPath(artifact));

function requirements(local: boolean, warm: boolean, newMachines: number): Requirements {
  return {
    cacheBytes: warm ? WARM_CACHE_BYTES : COLD_CACHE_BYTES,
    stateBytes: newMachines * MACHINE_BYTES,
    programs: { flock: "util-linux", tar: "tar" },
    ...(local ? { root: "machines on this host" } : {}),
    // Building needs a root file system of its own, whatever the machines are.
    ...(warm ? {} : { root: "building the machines' runtime" }),
  };
}
