import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { stringify } from "yaml";
import { run } from "../process";
import { parseSettings, type Settings, SettingsError } from "../settings";
import {
  ensureStateFolder,
  prepareConfig,
  rawSettings,
  type StackFiles,
  secretsProviderOf,
  stackFiles,
} from "./stack-files";

/** Name of the project in Pulumi.yaml. */
export const PROJECT = "openfunction-wasm";

/** Pulumi accepts more, but the name goes into machine and link names. */
const STACK_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** The engine's program and the environment it needs, from the toolchain. */
export interface Engine {
  pulumi: string;
  env: Record<string, string>;
}

/** One stack of one clone, ready for the engine. */
export interface Session {
  clone: string;
  stack: string;
  files: StackFiles;
  settings: Settings;
  /** Values of `--set`. */
  overrides: ReadonlyMap<string, string>;
  /** Value of `--config-file`. */
  configFile: string;
  /** Environment of every engine call. */
  env: Record<string, string>;
}

/**
 * Checks the stack's name and settings and prepares its state folder. Starts nothing.
 *
 * @param overrides values of `--set`, for this run only
 * @throws SettingsError, or an error that names the stack and the file that is missing
 */
export function openSession(clone: string, stack: string, overrides: ReadonlyMap<string, string>): Session {
  const files = knownStack(clone, stack, overrides);
  ensureStateFolder(files);
  const configFile = sessionConfig(clone, stack, files, overrides);
  return {
    clone,
    stack,
    files,
    overrides,
    configFile,
    settings: parseSettings(rawSettings(clone, configFile)),
    env: stateEnvironment(files),
  };
}

/**
 * The settings of a stack, for what needs neither its state nor the engine: nothing is written.
 *
 * @throws SettingsError as `openSession` does
 */
export function stackSettings(clone: string, stack: string, overrides: ReadonlyMap<string, string>): Settings {
  knownStack(clone, stack, overrides);
  return parseSettings({ ...rawSettings(clone, trackedConfig(clone, stack)), ...Object.fromEntries(overrides) });
}

/** Refuses a name that cannot be a stack's, and a stack that nobody described. */
function knownStack(clone: string, stack: string, overrides: ReadonlyMap<string, string>): StackFiles {
  if (!STACK_NAME.test(stack)) {
    const allowed = "a name of 1 to 31 lower-case letters, digits and dashes, a letter first";
    throw new SettingsError([{ key: "--stack", value: stack, allowed }]);
  }
  const files = stackFiles(PROJECT, stack);
  const tracked = trackedConfig(clone, stack);
  if (!existsSync(tracked) && !overrides.has("composition") && !existsSync(files.checkpoint)) {
    const allowed = `a stack with a file Pulumi.${stack}.yaml; write one, or say what it is made of: --set composition=dev`;
    throw new SettingsError([{ key: "--stack", value: stack, allowed }]);
  }
  return files;
}

const trackedConfig = (clone: string, stack: string): string => join(clone, `Pulumi.${stack}.yaml`);

function sessionConfig(
  clone: string,
  stack: string,
  files: StackFiles,
  overrides: ReadonlyMap<string, string>,
): string {
  return prepareConfig({ tracked: trackedConfig(clone, stack), files, project: PROJECT, overrides });
}

/** What every engine call needs to find this host's states, whoever makes the call. */
function stateEnvironment(files: StackFiles): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: `file://${files.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: files.passphrase,
  };
}

/** The environment of an engine call: the toolchain's, the stack's, and our own commands on PATH. */
export function engineEnvironment(session: Session, engine: Engine): Record<string, string> {
  const commands = join(session.clone, "infra", "bin");
  return { ...engine.env, ...session.env, PATH: `${commands}${delimiter}${engine.env.PATH ?? process.env.PATH ?? ""}` };
}

/** Runs the engine quietly and returns what it printed. */
export async function engineCall(session: Session, engine: Engine, args: readonly string[]): Promise<string> {
  const { stdout } = await run(engine.pulumi, ["--non-interactive", ...args], {
    cwd: session.clone,
    env: engineEnvironment(session, engine),
  });
  return stdout;
}

/**
 * Creates the stack in the backend unless it is there.
 *
 * Creating writes a salt into the project's stack file, so a folder with a copy of both files stands in for
 * the clone; the state keeps the salt too, and `prepareConfig` takes it from there. So it is with the key of a stack
 * whose file names a key service.
 */
export async function ensureStack(session: Session, engine: Engine): Promise<void> {
  if (existsSync(session.files.checkpoint)) return;
  const folder = mkdtempSync(join(dirname(session.files.config), `init-${session.stack}-${process.pid}-`));
  try {
    writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: PROJECT, runtime: "nodejs" }));
    copyFileSync(session.configFile, join(folder, `Pulumi.${session.stack}.yaml`));
    const provider = secretsProviderOf(session.configFile);
    const by = provider === undefined ? [] : ["--secrets-provider", provider];
    await engineCall({ ...session, clone: folder }, engine, ["stack", "init", session.stack, "--no-select", ...by]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  session.configFile = sessionConfig(session.clone, session.stack, session.files, session.overrides);
}
