import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import {
  type Deployment,
  type DestroyResult,
  type EngineEvent,
  LocalWorkspace,
  type PreviewResult,
  PulumiCommand,
  type PulumiFn,
  type RefreshResult,
  type UpResult,
} from "@pulumi/pulumi/automation";
import { engineArtifact } from "../../infra/toolchain/engine";
import { type PluginKind, pluginFile, pluginFolder } from "../../infra/toolchain/plugins";
import { artifactPath } from "../../infra/toolchain/store";

const clone = resolve(__dirname, "../..");

/** A plugin to put where the engine looks for it. */
export interface TestPlugin {
  /** Default `resource`. */
  kind?: PluginKind;
  /** Without `v`; must equal what the program's SDK asks for. */
  version: string;
  /** TypeScript entry that serves the plugin, relative to the clone. */
  entry: string;
}

export interface EngineOptions {
  /** By plugin name: `{ command: { version: "1.2.1", entry: "infra/…/main.ts" } }`. */
  plugins: Readonly<Record<string, TestPlugin>>;
  /** Added to the environment of the engine and its plugins. */
  env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** Interrupts the run as Ctrl-C does. */
  signal?: AbortSignal;
  /** Operations at once. Default: the engine's own. */
  parallel?: number;
  /** Folders of policy packs. */
  policyPacks?: string[];
  /** A file for each of them. */
  policyPackConfigs?: string[];
  onOutput?: (text: string) => void;
  onEvent?: (event: EngineEvent) => void;
  /** File that a preview writes its plan to. */
  plan?: string;
}

/** A stack of its own under the real engine. A failed run throws an error that holds the engine's output. */
export interface TestEngine {
  /** Folder that goes away with the engine: the project's working directory. */
  dir: string;
  /** Runs `program`; later calls without one run the last again. */
  up(program?: PulumiFn, options?: RunOptions): Promise<UpResult>;
  preview(program?: PulumiFn, options?: RunOptions): Promise<PreviewResult>;
  refresh(options?: RunOptions): Promise<RefreshResult>;
  destroy(options?: RunOptions): Promise<DestroyResult>;
  /** The state with its secrets laid open. */
  export(): Promise<Deployment>;
  /** Everything that the backend has written, as it lies on disk. */
  stateOnDisk(): string;
  import(state: Deployment): Promise<void>;
}

/**
 * The engine that tests use: `OFWASM_ENGINE`, what the toolchain has in its cache, or `pulumi` on PATH; a test
 * never builds one. `undefined` when there is none, for tests that skip with a reason.
 */
export function engineBinary(): string | undefined {
  const candidates = [
    process.env.OFWASM_ENGINE,
    join(artifactPath(engineArtifact()), "bin/pulumi"),
    ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "pulumi")),
  ];
  return candidates.find((file) => file && executable(file));
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs `body` with a fresh stack: file backend, `PULUMI_HOME` and passphrase of its own, in a temporary folder
 * that is removed afterwards. Resources that the body leaves are not destroyed.
 */
export async function withEngine<T>(options: EngineOptions, body: (engine: TestEngine) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "ofwasm-engine-"));
  try {
    return await body(await startEngine(dir, options));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startEngine(dir: string, options: EngineOptions): Promise<TestEngine> {
  const binary = engineBinary();
  if (!binary) throw new Error("no Pulumi engine: set OFWASM_ENGINE to one, or put pulumi on PATH");
  const home = join(dir, "home");
  const work = join(dir, "work");
  for (const folder of [join(dir, "bin"), join(dir, "state"), home, work]) mkdirSync(folder);
  symlinkSync(binary, join(dir, "bin/pulumi"));
  for (const [name, plugin] of Object.entries(options.plugins)) installPlugin(home, name, plugin);

  let program: PulumiFn = async () => {};
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: "contract", program },
    {
      pulumiCommand: await PulumiCommand.get({ root: dir }),
      workDir: work,
      pulumiHome: home,
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...options.env,
      },
    },
  );
  const runOf = (next: PulumiFn | undefined, run: RunOptions | undefined) => {
    if (next) program = next;
    return { color: "never" as const, ...run, program };
  };
  return {
    dir: work,
    up: (next, run) => stack.up(runOf(next, run)),
    preview: (next, run) => stack.preview(runOf(next, run)),
    refresh: (run) => stack.refresh({ color: "never", ...run }),
    destroy: (run) => stack.destroy({ color: "never", ...run }),
    export: () => stack.exportStack(),
    stateOnDisk: () => contents(join(dir, "state")),
    import: (state) => stack.importStack(state),
  };
}

function contents(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

/** Puts a plugin where the engine caches downloaded ones: found there, it is used without a warning. */
export function installPlugin(home: string, name: string, plugin: TestPlugin): void {
  // Plain JavaScript that the rest of the program starts from as well.
  const { bundle } = require(join(clone, "infra/bin/bundle.cjs")) as { bundle(entry: string): string };
  const folder = join(home, "plugins", pluginFolder(name, plugin.version, plugin.kind));
  const file = join(folder, pluginFile(name, plugin.kind));
  mkdirSync(folder, { recursive: true });
  const load = JSON.stringify(join(clone, "infra/bin/load.cjs"));
  writeFileSync(
    file,
    `#!${process.execPath}\nrequire(${load}).load(${JSON.stringify(bundle(join(clone, plugin.entry)))});\n`,
  );
  chmodSync(file, 0o755);
  if (!existsSync(`${folder}.lock`)) writeFileSync(`${folder}.lock`, "");
}
