import { delimiter } from "node:path";
import { policyPlugin } from "../policy/plugin";
import { type EnginePrograms, ensureEngine } from "./engine";
import { pluginHome } from "./plugin-home";
import { choosePlugins } from "./plugins";
import type { Making } from "./store";

/** The engine with its plugins, ready to run. */
export interface Toolchain {
  /** Absolute path of the `pulumi` command. */
  pulumi: string;
  /** Environment for it: PATH, PULUMI_HOME and what keeps it from downloading by itself. */
  env: Record<string, string>;
  /** What was taken, from where and why, for people. */
  parts: readonly ToolchainPart[];
}

export interface ToolchainPart {
  name: string;
  source: string;
}

/**
 * Sees to it that the Pulumi engine, its language host and the plugins are on this host.
 *
 * Costs nothing noticeable when they are. Safe to interrupt, and to run twice at once.
 *
 * @throws when a part cannot be had from any source: names each source and why
 */
export async function ensureToolchain(making: Making): Promise<Toolchain> {
  const engine = await ensureEngine(making);
  const plugins = [...(await choosePlugins(making)), policyPlugin()];
  return {
    pulumi: engine.pulumi,
    env: toolchainEnv(engine, pluginHome(plugins)),
    parts: [
      { name: "engine", source: engine.source },
      ...plugins.map(({ name, version, source }) => ({ name: `plugin ${name} ${version}`, source })),
    ],
  };
}

function toolchainEnv(engine: EnginePrograms, home: string): Record<string, string> {
  return {
    PATH: pathWith(engine.bin),
    PULUMI_HOME: home,
    // Nothing is downloaded but what is pinned.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** PATH with that folder first, once. */
function pathWith(bin: string): string {
  const others = (process.env.PATH ?? "").split(delimiter).filter((dir) => dir !== "" && dir !== bin);
  return [bin, ...others].join(delimiter);
}
