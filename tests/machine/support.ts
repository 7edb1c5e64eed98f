import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { machineAddress } from "../../components/node-pool/network";
import type { KeyPair, MachineReport, MachineSpec } from "../../components/node-pool/spec";
import { machineBase } from "../../infra/local/image/base";
import { makeKeyPair } from "../../infra/local/machine/keys";
import { hostName, type MachineId } from "../../infra/local/machine/layout";
import { stackNetwork } from "../../infra/local/machine/networks";
import { HOST_PACKAGES } from "../../infra/local/machine/packages";
import { run } from "../../infra/process";
import { streamProgress } from "../../infra/toolchain/progress";
import { type Artifact, ensure } from "../../infra/toolchain/store";
import { ensureSystemPackages } from "../../infra/toolchain/system-packages";
import { cgroups, hostTraces } from "./traces";

const COMMAND = resolve(__dirname, "../../infra/bin/ofwasm-machine");

/** Why real machines cannot be made here; `undefined` when they can. */
export const obstacle: string | undefined =
  process.platform !== "linux" || process.getuid?.() !== 0 ? "needs root on Linux" : undefined;

/** A group of tests on real machines, skipped with the reason where there can be none. */
export const describeOnHost = (title: string, body: () => void): void =>
  obstacle ? describe.skip(`${title} (${obstacle})`, body) : describe(title, body);

/** Runs the command that users and resources run. */
export async function machineCommand(args: readonly string[], input = ""): Promise<string> {
  const { stdout } = await run(COMMAND, args, { input, deadlineMs: 90_000 });
  return stdout;
}

/** Machines with a state folder of their own, apart from the user's. */
export class Lab {
  readonly login: KeyPair = makeKeyPair();
  private readonly keys = new Map<string, KeyPair>();
  private readonly before = process.env.OFWASM_STATE;

  private constructor(
    readonly state: string,
    readonly image: string,
  ) {
    process.env.OFWASM_STATE = state;
    writeFileSync(join(state, "login"), `${this.login.privateKey.trimEnd()}\n`, { mode: 0o600 });
  }

  /** @param image that machines are born from. Default: an operating system and nothing else */
  static async open(image: Artifact = machineBase()): Promise<Lab> {
    await ensureSystemPackages([...HOST_PACKAGES, "openssh-client"], streamProgress());
    const { path } = await ensure(image, { progress: streamProgress() });
    return new Lab(mkdtempSync(join(tmpdir(), "ofwasm-machine-")), path);
  }

  /** Removes what a failed test left, then the folder. */
  async close(stacks: readonly string[]): Promise<void> {
    for (const stack of stacks) await machineCommand(["clean", "--stack", stack]);
    if (this.before === undefined) delete process.env.OFWASM_STATE;
    else process.env.OFWASM_STATE = this.before;
    rmSync(this.state, { recursive: true, force: true });
  }

  /** Specification of machine `index` of a stack; its keys stay the same while this lab is open. */
  spec(stack: string, index = 0): MachineSpec {
    const plan = stackNetwork(stack);
    const name = `node-${index}`;
    const id = `${stack}/${name}`;
    const hostKey = this.keys.get(id) ?? makeKeyPair();
    this.keys.set(id, hostKey);
    const place = { address: machineAddress(plan, index), network: plan.network, gateway: plan.gateway };
    return { stack, name, ...place, image: this.image, hostKey, authorizedKey: this.login.publicKey };
  }

  async create(spec: MachineSpec): Promise<MachineReport> {
    return JSON.parse(await machineCommand(["create"], JSON.stringify(spec))) as MachineReport;
  }

  /** Starts `create` and kills it, no matter where it is, after a while. */
  createKilledAfter(spec: MachineSpec, milliseconds: number): Promise<void> {
    return new Promise((done) => {
      const child = spawn(COMMAND, ["create"], {
        // Without this it would be the environment from before jest replaced it.
        env: { ...process.env },
        stdio: ["pipe", "ignore", "ignore"],
      });
      child.stdin.on("error", () => {});
      child.stdin.end(JSON.stringify(spec));
      const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
      child.on("close", () => {
        clearTimeout(timer);
        done();
      });
    });
  }

  async status({ stack, name }: MachineId): Promise<string> {
    const printed = await machineCommand(["status", "--stack", stack, "--name", name]);
    return (JSON.parse(printed) as { status: string }).status;
  }

  /** Runs a command in a machine by the system's ssh, which checks the host key that the machine was born with. */
  async ssh(spec: MachineSpec, command: string, hostKey = spec.hostKey.publicKey): Promise<string> {
    const known = join(this.state, `known-${spec.stack}-${spec.name}`);
    writeFileSync(known, `${spec.address} ${hostKey}\n`);
    const options = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${known}`, "BatchMode=yes", "ConnectTimeout=5"];
    const args = [...options.flatMap((option) => ["-o", option]), "-i", join(this.state, "login")];
    const { stdout } = await run("ssh", ["-F", "none", ...args, `root@${spec.address}`, command], {
      deadlineMs: 30_000,
    });
    return stdout.trim();
  }

  /** Memory limit that the host enforces on a machine, bytes. */
  async memoryLimit(id: MachineId): Promise<number> {
    for (const dir of await cgroups([hostName(id)]))
      for (const file of ["memory.limit_in_bytes", "memory.max"])
        if (existsSync(join(dir, file))) return Number(readFileSync(join(dir, file), "utf8"));
    throw new Error(`no memory cgroup of ${id.name}`);
  }

  /** Everything on this host that belongs to machines of the stack, in words. */
  traces(stack: string, names: readonly string[]): Promise<string[]> {
    return hostTraces(this.state, stack, names);
  }
}
