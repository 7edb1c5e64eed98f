import { access, constants, mkdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { cacheRoot } from "../paths";
import { run } from "../process";

/** What was found on this host, or why it does not serve. */
export type Installed<T> = { found: T; reason?: undefined } | { found?: undefined; reason: string };

/** First executable file of that name on PATH. */
export async function findOnPath(name: string, path = process.env.PATH ?? ""): Promise<string | undefined> {
  for (const dir of path.split(delimiter).filter(Boolean)) {
    const file = join(dir, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** Tells the folder of our own commands, which `npm run env` puts on PATH, from others. */
const OWN_COMMAND = "ofwasm-machine";

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/**
 * Compares dotted versions: negative when `a` is older. A missing part counts as 0, a pre-release (`-rc.1`) as
 * its release.
 */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string): number[] =>
    version
      .replace(/^v/, "")
      .replace(/[-+].*$/, "")
      .split(".")
      .map((part) => Number.parseInt(part, 10) || 0);
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The user's own `pulumi` with its language host, when it is at least that version. */
export async function installedEngine(
  minimum: string,
): Promise<Installed<{ pulumi: string; bin: string; source: string }>> {
  const pulumi = await findOnPath("pulumi", await withoutOwn(process.env.PATH ?? ""));
  if (!pulumi) return { reason: "no pulumi on PATH" };
  const bin = dirname(await realpath(pulumi));
  if (!(await isExecutable(join(bin, "pulumi-language-nodejs"))) && !(await findOnPath("pulumi-language-nodejs")))
    return { reason: `${pulumi} has no pulumi-language-nodejs beside it` };
  const version = await versionOf(pulumi);
  if (compareVersions(version, minimum) < 0) return { reason: `${pulumi} is ${version}, older than ${minimum}` };
  return { found: { pulumi, bin, source: `installed: ${pulumi} ${version}` } };
}

/** PATH without the folders of clones' own commands: a `pulumi` in there would start itself. */
async function withoutOwn(path: string): Promise<string> {
  const own = await Promise.all(path.split(delimiter).map((dir) => isExecutable(join(dir, OWN_COMMAND))));
  return path
    .split(delimiter)
    .filter((_, index) => !own[index])
    .join(delimiter);
}

/** Asking a program of 160 MB for its version costs a tenth of a second: the answer is kept with the file's stamp. */
async function versionOf(program: string): Promise<string> {
  const { size, mtimeMs } = await stat(program);
  const stamp = `${program}:${size}:${mtimeMs}`;
  const memory = join(cacheRoot(), "installed-engine.json");
  try {
    const known = JSON.parse(await readFile(memory, "utf8")) as { stamp: string; version: string };
    if (known.stamp === stamp) return known.version;
  } catch {
    // Not asked yet.
  }
  const { stdout } = await run(program, ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const version = stdout.trim().replace(/^v/, "");
  await mkdir(dirname(memory), { recursive: true });
  const temporary = `${memory}.${process.pid}`;
  await writeFile(temporary, JSON.stringify({ stamp, version }));
  await rename(temporary, memory);
  return version;
}

/** Homes of ours, one for each set of plugins. */
export const pluginHomes = (): string => join(cacheRoot(), "pulumi-homes");

/**
 * Folder where the user's own engine keeps its plugins. A shell that has taken our environment points at a home
 * of ours: what is in there was not installed by the user.
 */
export function userPlugins(): string {
  const home = process.env.PULUMI_HOME;
  const foreign = home && !home.startsWith(`${pluginHomes()}/`) ? home : join(homedir(), ".pulumi");
  return join(foreign, "plugins");
}
