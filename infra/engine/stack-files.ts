import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { writeAtomically } from "../atomic";
import { stateRoot } from "../paths";
import { isAlive } from "../process";
import { type CheckpointFiles, readCheckpoint, unfinished } from "./checkpoint";
import { stackOutputs } from "./resources";

/** Where a stack's state lies: outside every clone, shared by all of them. */
export interface StackFiles extends CheckpointFiles {
  stack: string;
  /** Folder of the file backend. */
  backend: string;
  passphrase: string;
  /** Folder of the file backend's lock files for this stack. */
  locks: string;
  /** What the file backend keeps of a stack when that is removed: history and copies of the checkpoint. */
  traces: readonly string[];
  /** Kernel lock of our own that one changing command holds. */
  lock: string;
  /** Copy of `Pulumi.<stack>.yaml` that the engine may write to; each process has its own and removes it. */
  config: string;
}

export function stackFiles(project: string, stack: string): StackFiles {
  const root = stateRoot();
  const backend = join(root, "backend");
  const checkpoint = join(backend, ".pulumi", "stacks", project, `${stack}.json`);
  const backup = `${checkpoint}.bak`;
  const kept = join(root, "kept", `${project}-${stack}.json`);
  const torn = join(root, "kept", `${project}-${stack}.torn.json`);
  return {
    stack,
    backend,
    passphrase: join(root, "passphrase"),
    checkpoint,
    backup,
    kept,
    torn,
    locks: join(backend, ".pulumi", "locks", "organization", project, stack),
    traces: [
      join(backend, ".pulumi", "backups", project, stack),
      join(backend, ".pulumi", "history", project, stack),
      backup,
      `${backup}.attrs`,
      unfinished(checkpoint),
      kept,
      unfinished(kept),
      torn,
    ],
    lock: join(root, "locks", `${stack}.lock`),
    config: join(root, "config", `Pulumi.${stack}.${process.pid}.yaml`),
  };
}

/** Writes a file that must never be written twice: of two runs at once one wins, and both read what it wrote. */
function makeOnce(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o600, flush: true });
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Makes the backend folder and, once, the random passphrase that protects the secrets in it. */
export function ensureStateFolder(files: StackFiles): void {
  mkdirSync(files.backend, { recursive: true, mode: 0o700 });
  dropEmptyMeta(files);
  if (!existsSync(files.passphrase)) makeOnce(files.passphrase, `${randomBytes(32).toString("base64url")}\n`);
}

/** The file backend makes its description when there is none, and fails over an empty one, as a power cut leaves it. */
function dropEmptyMeta({ backend }: StackFiles): void {
  const meta = join(backend, ".pulumi", "meta.yaml");
  if (statSync(meta, { throwIfNoEntry: false })?.size === 0) rmSync(meta, { force: true });
}

interface StackConfig {
  encryptionsalt?: string;
  /** URL of a key at a cloud's key service, such as `awskms://…`; absent where a passphrase is used. */
  secretsprovider?: string;
  /** Key that the values are encrypted with, itself encrypted by `secretsprovider`. */
  encryptedkey?: string;
  config?: Record<string, unknown>;
}

/**
 * The configuration file that an operation uses.
 *
 * The engine writes its encryption salt, or key, into the file it is given, and `--set` is for one run: so it is given
 * a copy, and the tracked file stays as it is. A tracked file with a salt of its own keeps it: its secrets
 * were encrypted with the user's passphrase. The last value of `reconcile` stays in force until there is another one.
 */
export function prepareConfig(from: {
  tracked: string;
  files: StackFiles;
  project: string;
  overrides: ReadonlyMap<string, string>;
}): string {
  const own = readConfig(from.tracked);
  const kept = keptSettings(from.files, from.project, own.config);
  const asItIs = from.overrides.size === 0 && Object.keys(kept).length === 0;
  const salted = own.encryptionsalt !== undefined && secretsProviderOf(from.tracked) === undefined;
  if (salted && asItIs) return from.tracked;
  const set = Object.fromEntries(
    [...from.overrides].map(([key, value]) => [`${from.project}:${key}`, structured(value)]),
  );
  const config: StackConfig = {
    ...own,
    ...encryptionOf(own, from.files),
    config: { ...own.config, ...kept, ...set },
  };
  writeAtomically(from.files.config, stringify(config));
  process.once("exit", () => rmSync(from.files.config, { force: true }));
  return from.files.config;
}

/** What the last run was told for this and the runs after it, where the stack's own file says nothing. */
function keptSettings(
  files: CheckpointFiles,
  project: string,
  own: StackConfig["config"] = {},
): Record<string, string> {
  const key = `${project}:reconcile`;
  const value = key in own ? undefined : stackOutputs(files).reconcile;
  return typeof value === "string" && value !== "" ? { [key]: value } : {};
}

function readConfig(file: string): StackConfig {
  return existsSync(file) ? ((parse(readFileSync(file, "utf8")) as StackConfig | null) ?? {}) : {};
}

type Encryption = Pick<StackConfig, "encryptionsalt" | "secretsprovider" | "encryptedkey">;

/** What the stack's secrets are encrypted with: what its file says, and what only its state knows. */
function encryptionOf(
  { encryptionsalt, secretsprovider, encryptedkey }: StackConfig,
  files: CheckpointFiles,
): Encryption {
  const { salt, url, encryptedkey: key } = readCheckpoint(files)?.checkpoint.latest?.secrets_providers?.state ?? {};
  if (secretsprovider !== undefined && !BY_PASSPHRASE.includes(secretsprovider)) {
    // A salt beside it would be that of another time.
    const known = encryptedkey ?? (url === secretsprovider ? key : undefined);
    return { encryptionsalt: undefined, ...(known === undefined ? {} : { encryptedkey: known }) };
  }
  if (encryptionsalt !== undefined) return { encryptionsalt };
  if (url !== undefined && key !== undefined) return { secretsprovider: url, encryptedkey: key };
  return salt === undefined ? {} : { encryptionsalt: salt };
}

/** Values of `secretsprovider` that mean the passphrase. */
const BY_PASSPHRASE = ["default", "passphrase"];

/** Key service that the secrets of a stack with this configuration file are encrypted by; `undefined` for a passphrase. */
export function secretsProviderOf(configFile: string): string | undefined {
  const { secretsprovider } = readConfig(configFile);
  return secretsprovider === undefined || BY_PASSPHRASE.includes(secretsprovider) ? undefined : secretsprovider;
}

/** Lists and objects are given as JSON, as `pulumi config set --json` takes them. */
function structured(value: string): unknown {
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Raw settings of a stack before the engine runs: defaults of Pulumi.yaml, under the stack's file if one is given. */
export function rawSettings(clone: string, config?: string): Record<string, string> {
  const project = parse(readFileSync(join(clone, "Pulumi.yaml"), "utf8")) as {
    name: string;
    config: Record<string, { default?: unknown }>;
  };
  const own = config === undefined ? {} : (readConfig(config).config ?? {});
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(project.config).map(([key, declared]) => [key, declared.default]),
  );
  for (const [key, value] of Object.entries(own)) {
    // An encrypted value is checked by the program, which gets it decrypted.
    const encrypted = typeof value === "object" && value !== null && "secure" in value;
    if (key.startsWith(`${project.name}:`) && !encrypted) values[key.slice(project.name.length + 1)] = value;
  }
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]),
  );
}

/** What runs that were killed could not remove: their copies of the stack's settings, and what stood in for the clone. */
function killedRuns({ config, stack }: StackFiles): string[] {
  const folder = dirname(config);
  const own = new RegExp(`^(?:Pulumi\\.${stack}\\.(\\d+)\\.yaml(?:\\.\\d+\\.tmp)?|init-${stack}-(\\d+)-\\w{6})$`);
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => {
      const [, first, second] = own.exec(name) ?? [];
      const pid = Number(first ?? second);
      return Number.isInteger(pid) && !isAlive(pid);
    })
    .map((name) => join(folder, name));
}

/**
 * Removes the checkpoints that killed engines were still writing: the file backend writes each version beside the
 * last one, under a name with the time in it, and only then renames it.
 *
 * To be called by the run that holds the stack's lock, when no engine writes to the stack.
 */
export function dropHalfWritten({ checkpoint }: CheckpointFiles): void {
  const folder = dirname(checkpoint);
  const own = `${basename(checkpoint)}.`;
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.startsWith(own) && /^(?:bak\.)?[0-9a-f]+\.tmp$/.test(name.slice(own.length))) {
      rmSync(join(folder, name), { force: true });
    }
  }
}

/** Removes what a removed stack leaves beside its state; to be called by the run that holds its lock. */
export function removeStackFiles(files: StackFiles): void {
  dropHalfWritten(files);
  for (const path of [files.locks, ...files.traces, ...killedRuns(files), files.lock])
    rmSync(path, { recursive: true, force: true });
}
