import { homedir } from "node:os";
import { join } from "node:path";

/** Folder name under the user's cache and state roots, shared by every clone and stack on this host. */
const APPLICATION = "ofwasm";

function root(override: string | undefined, xdg: string | undefined, fallback: string): string {
  if (override) return override;
  return join(xdg || join(homedir(), fallback), APPLICATION);
}

/**
 * Everything here can be deleted while no local machine exists, and is made again by the next run: the disks of local
 * machines lie on top of the image in it. `OFWASM_CACHE` moves it.
 */
export const cacheRoot = (): string => root(process.env.OFWASM_CACHE, process.env.XDG_CACHE_HOME, ".cache");

/** Stack states, passphrases and machine disks: losing it loses the stacks. `OFWASM_STATE` moves it. */
export const stateRoot = (): string => root(process.env.OFWASM_STATE, process.env.XDG_STATE_HOME, ".local/state");

/** Finished artifacts, one folder each, named `<name>-<key>`. */
export const artifactsDir = (): string => join(cacheRoot(), "artifacts");

/** Logs of long steps; an error message names the file. */
export const logsDir = (): string => join(cacheRoot(), "logs");
