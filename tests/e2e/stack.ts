import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../infra/process";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensureSystemPackages } from "../../infra/toolchain/system-packages";
import { machineCommand } from "../machine/support";
import { hostTraces } from "../machine/traces";
import { CLONE, type Ended, note, RunningCommand, userEnvironment } from "./command";
import { type Deployment, printedSecret } from "./deployment";

export { describeOnHost } from "../machine/support";
export { eventually } from "../support/eventually";

/** Runs the real `pulumi` in the environment that `npm run env` printed. */
export async function plainPulumi(
  environment: string,
  state: string,
  args: readonly string[],
  input = "",
): Promise<string> {
  const shell = `${environment}\nexec pulumi "$@"`;
  const options = { cwd: CLONE, env: userEnvironment(state), input };
  const { stdout } = await run("sh", ["-c", shell, "pulumi", ...args], options);
  return stdout;
}

/** Settings of one run, as `--set` takes them. */
export type SetValues = Readonly<Record<string, string | number>>;

/** One stack of composition dev, driven as a user does: by commands, in a state folder of its own. */
export class DevStack {
  private readonly before = process.env.OFWASM_STATE;
  /** Everything that its commands printed. */
  printed = "";
  private environment: string | undefined;

  private constructor(
    readonly name: string,
    readonly state: string,
  ) {
    process.env.OFWASM_STATE = state;
  }

  static async open(name: string): Promise<DevStack> {
    await ensureSystemPackages(["openssh-client"], streamProgress());
    return new DevStack(name, mkdtempSync(join(tmpdir(), "ofwasm-e2e-")));
  }

  /** Removes what a failed test left, then the folder. */
  async close(): Promise<void> {
    await machineCommand(["clean", "--stack", this.name]);
    if (this.before === undefined) delete process.env.OFWASM_STATE;
    else process.env.OFWASM_STATE = this.before;
    rmSync(this.state, { recursive: true, force: true });
  }

  start(command: string, set: SetValues = {}, flags: readonly string[] = []): RunningCommand {
    const settings = Object.entries({ composition: "dev", ...set }).flatMap(([key, value]) => [
      "--set",
      `${key}=${value}`,
    ]);
    return new RunningCommand(this.state, [command, "--stack", this.name, ...settings, ...flags]);
  }

  /** Runs a command to its end, however it ends. */
  async run(command: string, set: SetValues = {}, flags: readonly string[] = []): Promise<Ended> {
    const ended = await this.start(command, set, flags).ended;
    this.printed += ended.text;
    note(`${command} ${JSON.stringify(set)}: exit code ${ended.code} after ${ended.seconds} s`);
    return ended;
  }

  /** Runs a command that must succeed; gives what it printed. */
  async must(command: string, set: SetValues = {}, flags: readonly string[] = []): Promise<string> {
    const { code, text } = await this.run(command, set, flags);
    if (code !== 0) throw new Error(`${command} ended with exit code ${code}:\n${text}`);
    return text;
  }

  /** Runs the real `pulumi` in the environment that `env` prints, as a shell would. */
  async pulumi(...args: string[]): Promise<string> {
    this.environment ??= await this.must("env");
    return plainPulumi(this.environment, this.state, args);
  }

  /** A value of a setting that is a secret, as `--set` takes it: encrypted with what the stack's state is. */
  async encrypted(key: string, value: string): Promise<string> {
    const { secrets_providers: { state } = {} } = await this.deployment();
    const file = join(this.state, "test-secret.yaml");
    writeFileSync(file, stringify({ encryptionsalt: state?.salt }));
    await this.pulumi("config", "set", "--secret", "--config-file", file, key, value);
    const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, object> };
    rmSync(file);
    return JSON.stringify(config[`openfunction-wasm:${key}`]);
  }

  async deployment(...flags: string[]): Promise<Deployment> {
    return (JSON.parse(await this.pulumi("stack", "export", ...flags)) as { deployment: Deployment }).deployment;
  }

  /** Name of machine `index`. */
  machine(index: number): string {
    return `${this.name}-${index}`;
  }

  /** Machines that run, by the driver's list. */
  async machines(): Promise<{ name: string; address: string; status: string }[]> {
    const lines = await machineCommand(["list", "--stack", this.name]);
    return lines
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { name: string; address: string; status: string });
  }

  /** A login on machines with the key from the stack's state. */
  async login(): Promise<Login> {
    const deployment = await this.deployment("--show-secrets");
    const file = join(this.state, "test-login");
    writeFileSync(file, `${printedSecret(deployment, `${this.name}-client-keys`).privateKey?.trimEnd()}\n`, {
      mode: 0o600,
    });
    return new Login(this, file, join(this.state, "test-known-hosts"));
  }

  /** Files under the state folder that belong to this stack: whose path names it. */
  files(): string[] {
    return (readdirSync(this.state, { recursive: true }) as string[]).filter((path) => path.includes(this.name));
  }

  /** What is on this host of the stack's machines, and which processes work on it. */
  async traces(machines: number): Promise<string[]> {
    const names = Array.from({ length: machines }, (_, index) => this.machine(index));
    return [...(await hostTraces(this.state, this.name, names)), ...this.workers().map((text) => `process ${text}`)];
  }

  /** Processes that were started for this state folder and still run: engine, plugins, commands. */
  workers(): string[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((pid) => {
        try {
          const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
          if (!environment.includes(`OFWASM_STATE=${this.state}`)) return [];
          return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`];
        } catch {
          return [];
        }
      });
  }

  /** What the state says was begun and not ended. */
  pendingOperations(): unknown[] {
    const file = join(this.state, "backend/.pulumi/stacks/openfunction-wasm", `${this.name}.json`);
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: Deployment } };
    return checkpoint.latest.pending_operations ?? [];
  }

  /** All text files that the engine and the commands keep, by path; machine disks left out. */
  stateTexts(): Map<string, string> {
    const texts = new Map<string, string>();
    for (const folder of ["backend", "config", "locks"].map((name) => join(this.state, name))) {
      if (!existsSync(folder)) continue;
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (entry.isFile()) texts.set(path, readFileSync(path, "utf8"));
      }
    }
    return texts;
  }
}

/** The stack's own SSH key in use by the system's ssh, host keys checked. */
export class Login {
  constructor(
    private readonly stack: DevStack,
    private readonly key: string,
    private readonly known: string,
  ) {}

  async ssh(index: number, command: string, input: string | Uint8Array = ""): Promise<string> {
    const name = this.stack.machine(index);
    const state = JSON.parse(
      readFileSync(join(this.stack.state, "machines", this.stack.name, name, "state.json"), "utf8"),
    );
    const { address, hostKey } = (state as { spec: { address: string; hostKey: string } }).spec;
    writeFileSync(this.known, `${address} ${hostKey}\n`);
    const options = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${this.known}`, "BatchMode=yes"];
    const args = ["-F", "none", ...options.flatMap((option) => ["-o", option]), "-i", this.key];
    const { stdout } = await run("ssh", [...args, `root@${address}`, command], { input, deadlineMs: 60_000 });
    return stdout.trim();
  }

  kubectl(command: string, input = ""): Promise<string> {
    return this.ssh(0, `kubectl --kubeconfig /etc/kubernetes/admin.conf ${command}`, input);
  }
}

/** The line that `up` and `status` end with when the function answers. */
export const READY =
  /^http-server {3}Ready {3}(http:\/\/[\d.]+:\d+\/echo) {3}POST "WasmEdge" -> "WasmEdge" {3}\(wasm: crun [\d.]+ \+WASM:wasmedge [\d.]+, openfunction-crun\)$/m;
