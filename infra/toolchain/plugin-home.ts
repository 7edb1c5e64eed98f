import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pluginHomes, userPlugins } from "./installed";
import { type PluginChoice, pluginFile, pluginFolder } from "./plugins";

/** Bumped when the layout changes. */
const LAYOUT = "2";

/**
 * Folder in which the engine keeps a log of everything, each message and property, for every run: a third of its
 * work, and megabytes a run. A file of that name keeps it from doing so; it goes on without, and has no other switch.
 */
const LOGS = "logs";
const NO_LOGS = "This file keeps the engine from logging every run; `pulumi -v=9 --logtostderr` shows one.\n";

/**
 * A PULUMI_HOME where the engine finds exactly these plugins, and the others that the user has.
 *
 * Its name is the hash of what it holds, so clones with other plugin code have another home and none changes
 * under a running engine.
 */
export function pluginHome(choices: readonly PluginChoice[]): string {
  const others = otherPlugins(choices);
  const loader = join(__dirname, "../bin/load.cjs");
  const hash = createHash("sha256")
    .update(
      JSON.stringify([
        LAYOUT,
        process.execPath,
        userPlugins(),
        others,
        choices.map(({ kind, name, version, program }) => ({ kind, name, version, program })),
      ]),
    )
    .digest("hex")
    .slice(0, 16);
  const home = join(pluginHomes(), hash);
  if (existsSync(home)) return home;
  const partial = `${home}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  const plugins = join(partial, "plugins");
  for (const choice of choices) {
    const folder = join(plugins, pluginFolder(choice.name, choice.version, choice.kind));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, pluginFile(choice.name, choice.kind));
    if (choice.program.kind === "program") symlinkSync(choice.program.file, file);
    else {
      copyFileSync(loader, join(folder, "load.cjs"));
      writeFileSync(join(folder, "start.cjs"), `require("./load.cjs").load(${JSON.stringify(choice.program.file)});\n`);
      writeFileSync(file, launcher());
      chmodSync(file, 0o755);
    }
  }
  for (const name of others) symlinkSync(join(userPlugins(), name), join(plugins, name));
  writeFileSync(join(partial, LOGS), NO_LOGS);
  publish(partial, home);
  return home;
}

/** The user's plugins that ours do not replace. */
function otherPlugins(choices: readonly PluginChoice[]): string[] {
  const ours = new Set(choices.map(({ kind, name, version }) => pluginFolder(name, version, kind)));
  if (!existsSync(userPlugins())) return [];
  return readdirSync(userPlugins(), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !ours.has(entry.name))
    .map((entry) => entry.name)
    .sort();
}

/** Runs the plugin with this very Node, whatever PATH says. The engine calls it by its absolute path. */
export function launcher(node = process.execPath): string {
  return `#!/bin/sh\nexec ${quote(node)} "\${0%/*}/start.cjs" "$@"\n`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Another run may have made the same home at the same time; either one serves. */
function publish(partial: string, home: string): void {
  try {
    renameSync(partial, home);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
}
