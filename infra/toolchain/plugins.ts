import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { findPin } from "../pins";
import { run } from "../process";
import { versions } from "../versions";
import { hostArchitecture } from "./architecture";
import { userPlugins } from "./installed";
import { fetchPublished } from "./mirror";
import { firstSource, type Source, Unavailable } from "./sources";
import { ensure, type Making } from "./store";

/** The plugins that the program's resources need. */
export type PluginName = "kubernetes" | "command" | "aws";

/** How the engine will run a plugin. */
export type PluginProgram =
  /** A program of its own, given by its absolute path. */
  | { kind: "program"; file: string }
  /** Our own, one JavaScript file that Node runs. */
  | { kind: "bundle"; file: string };

export interface PluginChoice {
  name: PluginName;
  version: string;
  program: PluginProgram;
  /** Where it came from and why, in words for the user. */
  source: string;
}

/** Folder and file under which the engine looks for a plugin. */
export const pluginFolder = (name: string, version: string): string => `resource-${name}-v${version}`;
export const pluginFile = (name: string): string => `pulumi-resource-${name}`;

/** Marks the choice for the embedded plugin in an artifact's folder. */
const EMBEDDED = "embedded";

/**
 * Chooses each plugin: the official one when the user's engine has it, else its checked download, else the
 * embedded one.
 *
 * The second choice is made once and kept in the cache: a host that goes on and off the network does not change
 * plugins from run to run.
 *
 * @param more plugins that a stack needs beside the usual ones
 * @throws for a plugin that is not embedded and cannot be had: names each source and why, and what to do
 */
export function choosePlugins(making: Making, more: readonly PluginName[] = []): Promise<PluginChoice[]> {
  const names = new Set<PluginName>(["kubernetes", "command", ...more]);
  return Promise.all([...names].map((name) => choosePlugin(name, versions.pulumi[name], making)));
}

/** Of the others there is only the official one. */
const isEmbedded = (name: PluginName): boolean => name !== "aws";

async function choosePlugin(name: PluginName, version: string, making: Making): Promise<PluginChoice> {
  const installed = join(userPlugins(), pluginFolder(name, version), pluginFile(name));
  if (existsSync(installed)) {
    return { name, version, program: { kind: "program", file: installed }, source: `installed: ${installed}` };
  }
  const { path, source } = await ensure(
    {
      name: `plugin-${name}`,
      title: `Pulumi plugin ${name} ${version}`,
      inputs: [version, hostArchitecture(), findPin(pluginFile(name), version, hostArchitecture())?.sha256 ?? ""],
      async produce(into, context) {
        const sources = [official(name, version), isEmbedded(name) ? embedded : byHand(name, version)];
        return { source: await firstSource(sources, into, context) };
      },
    },
    making,
  );
  const program: PluginProgram = existsSync(join(path, EMBEDDED))
    ? { kind: "bundle", file: embeddedBundle(name) }
    : { kind: "program", file: join(path, pluginFile(name)) };
  return { name, version, program, source };
}

function official(name: PluginName, version: string): Source {
  return {
    name: "official download",
    async fill(into, context) {
      const pin = findPin(pluginFile(name), version, hostArchitecture());
      if (!pin) throw new Unavailable(`no published checksum of the official plugin ${version}`);
      const archive = join(into, "plugin.tar.gz");
      const place = await fetchPublished(pin, archive, context);
      await run("tar", ["-xzf", archive, "-C", into, pluginFile(name)], context);
      return place;
    },
  };
}

/** The way that is left for a plugin that this program does not have itself; it never gives one. */
const byHand = (name: PluginName, version: string): Source => ({
  name: "installed by hand",
  async fill() {
    throw new Unavailable(
      `${join(userPlugins(), pluginFolder(name, version))} is not there. Where the publisher is reached, install it with: ` +
        `pulumi plugin install resource ${name} ${version}`,
    );
  },
});

const embedded: Source = {
  name: "embedded in this program",
  async fill(into) {
    writeFileSync(join(into, EMBEDDED), "");
  },
};

/** The embedded plugin as one file, named by its content: it outlives the clone. */
function embeddedBundle(name: PluginName): string {
  // Not a plain import: the bundler finds its helpers by its own place, which a bundle does not have.
  const require = createRequire(join(__dirname, "plugins.ts"));
  const { bundle } = require("../bin/bundle.cjs") as { bundle(entry: string): string };
  return bundle(join(__dirname, "plugins", name, "main.ts"));
}
