import { join } from "node:path";
import type { MachineSpec } from "../../components/node-pool/spec";
import { type NodeRuntimeResult, parseNodeRuntimeResult } from "../../components/node-runtime/result";
import { payloadInputs, remotePayload, TRANSACTION } from "../../components/node-runtime/transaction";
import { bundleScript, scriptInput, shellCommand } from "../../components/remote/remote-script";
import { localImage, payload } from "../artifacts";
import { makeKeyPair } from "../local/machine/keys";
import { HOST_PACKAGES } from "../local/machine/packages";
import { RUNTIME_FILES, trialMachine } from "../local/machine/trial";
import { run } from "../process";
import { type RuntimePayload, readPayload } from "../toolchain/payload";
import { commandProvider } from "../toolchain/plugins/command/provider";
import type { CallContext, PropertyMap, Provider } from "../toolchain/plugins/host";
import { ensure } from "../toolchain/store";
import { ensureSystemPackages } from "../toolchain/system-packages";
import { versions } from "../versions";
import { asStep, type BenchContext, type BenchPart, machinesObstacle, nodeStack } from "./context";
import { inside, logins } from "./inside";
import { type Measurement, medianPhases } from "./measurement";

const RUNS = 7;

const REACH_SECONDS = 5;
const REACH_AGAIN_MS = 150;

/** What a run with nothing to do leaves as it was: files, and containerd's process. */
const TRACES = `${RUNTIME_FILES}; systemctl show --value --property MainPID containerd`;

/** One run of the two resources that NodeRuntime consists of. */
interface Applied {
  seconds: number;
  copySeconds: number;
  result: NodeRuntimeResult;
  logins: number;
}

/** The runtime's transaction on a machine of this host, by the plugin that the engine uses. */
export const runtimePart: BenchPart = {
  description: "WebAssembly on a machine that SSH reaches, and the same again with nothing to do",
  obstacle: machinesObstacle,
  async measure(context) {
    const node = await BenchNode.create(context);
    try {
      return await asStep(context, `transaction on one machine, ${RUNS} times`, () => measureOn(node));
    } finally {
      await node.remove();
    }
  },
};

async function measureOn(node: BenchNode): Promise<Measurement[]> {
  const first: Applied[] = [];
  const again: NodeRuntimeResult[] = [];
  const written: number[] = [];
  const restarts: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    first.push(await node.apply());
    const before = (await node.traces()).split("\n");
    again.push((await node.apply()).result);
    const after = (await node.traces()).split("\n");
    restarts.push(before.at(-1) === after.at(-1) ? 0 : 1);
    written.push(differences(before.slice(0, -1), after.slice(0, -1)));
    await node.reset();
  }
  if (!first.every(({ result }) => result.changed)) throw new Error("the transaction found something done already");
  const part = "runtime";
  const phases = medianPhases(first.map(phasesOf));
  const total = ({ milliseconds }: NodeRuntimeResult): number =>
    Object.values(milliseconds).reduce((sum, value) => sum + value, 0);
  return [
    {
      part,
      what: "machine reachable by SSH -> wasm-ready and proved",
      unit: "s",
      reach: REACH_SECONDS,
      values: first.map(({ seconds }) => seconds),
      phases,
      notes: ["payload cached here and copied each time; the machine is given back by delete in between"],
    },
    { part, what: "… connections", unit: "", reach: 1, values: first.map((one) => one.logins) },
    {
      part,
      what: "the same again with nothing to do, on the node",
      unit: "ms",
      reach: REACH_AGAIN_MS,
      values: again.map(total),
      phases: medianPhases(again.map(({ milliseconds }) => milliseconds)),
    },
    { part, what: "… files written", unit: "", reach: 0, values: written },
    { part, what: "… restarts of containerd", unit: "", reach: 0, values: restarts },
  ];
}

function phasesOf({ seconds, copySeconds, result }: Applied): Record<string, number> {
  const onNode = Object.entries(result.milliseconds).map(([name, value]) => [name, value / 1000] as const);
  const script = onNode.reduce((sum, [, value]) => sum + value, 0);
  return {
    "dial and copy": copySeconds,
    ...Object.fromEntries(onNode),
    "way there and back": Math.max(0, seconds - copySeconds - script),
  };
}

/** Lines that only one of the two has. */
export function differences(before: readonly string[], after: readonly string[]): number {
  const [old, now] = [new Set(before), new Set(after)];
  return before.filter((line) => !now.has(line)).length + after.filter((line) => !old.has(line)).length;
}

const quiet: CallContext = {
  signal: new AbortController().signal,
  log: { debug() {}, info() {}, warn() {}, error() {}, progress() {} },
};

/** One local machine as `up` makes it, and what the command resources do to it. */
class BenchNode {
  private constructor(
    private readonly command: string,
    private readonly spec: MachineSpec,
    private readonly connection: PropertyMap,
    private readonly runtime: RuntimePayload,
  ) {}

  static async create(context: BenchContext): Promise<BenchNode> {
    const { clone, progress } = context;
    await ensureSystemPackages(HOST_PACKAGES, progress);
    const image = await ensure(localImage(), context);
    const [crunVersion, wasmedgeVersion] = [versions.crun, versions.wasmedge];
    const runtime = readPayload((await ensure(payload({ crunVersion, wasmedgeVersion }), context)).path);
    const stack = nodeStack(context.stack);
    const command = join(clone, "infra", "bin", "ofwasm-machine");
    await run(command, ["clean", "--stack", stack]);
    const login = makeKeyPair();
    const spec = trialMachine(stack, image.path, login.publicKey);
    const connection = {
      host: spec.address,
      port: 22,
      user: "root",
      hostKey: spec.hostKey.publicKey,
      privateKey: login.privateKey,
    };
    const node = new BenchNode(command, spec, connection, runtime);
    try {
      await asStep(context, "machine", () => run(command, ["create"], { input: JSON.stringify(spec) }));
    } catch (error) {
      await node.remove();
      throw error;
    }
    return node;
  }

  /** Copy and transaction as the engine has them done, with connections of their own. */
  async apply(): Promise<Applied> {
    const before = await logins(this.spec);
    const provider = commandProvider();
    try {
      const begun = performance.now();
      await this.copy(provider);
      const copied = performance.now();
      const result = await this.transaction(provider);
      const ended = performance.now();
      return {
        seconds: (ended - begun) / 1000,
        copySeconds: (copied - begun) / 1000,
        result,
        logins: (await logins(this.spec)) - before,
      };
    } finally {
      await provider.close?.();
    }
  }

  /** The machine as it was before the first run. */
  async reset(): Promise<void> {
    const provider = commandProvider();
    try {
      const type = "command:remote:Command";
      const outputs = this.inputs();
      const about = { urn: "urn:bench", type, name: "transaction", id: "bench", timeoutSeconds: 0 };
      await provider.delete({ ...about, outputs, oldInputs: outputs }, quiet);
    } finally {
      await provider.close?.();
    }
  }

  traces(): Promise<string> {
    return inside(this.spec, TRACES);
  }

  async remove(): Promise<void> {
    await run(this.command, ["clean", "--stack", this.spec.stack]);
  }

  private async copy(provider: Provider): Promise<void> {
    const type = "command:remote:CopyToRemote";
    const source = fileAsset(this.runtime.path, this.runtime.manifest.sha256);
    const inputs = { connection: this.connection, source, remotePath: remotePayload(this.runtime.manifest.sha256) };
    await provider.create(
      { urn: "urn:bench", type, name: "payload", inputs, preview: false, timeoutSeconds: 0 },
      quiet,
    );
  }

  private async transaction(provider: Provider): Promise<NodeRuntimeResult> {
    const type = "command:remote:Command";
    const request = { urn: "urn:bench", type, name: "transaction", preview: false, timeoutSeconds: 0 };
    const { outputs } = await provider.create({ ...request, inputs: this.inputs() }, quiet);
    return parseNodeRuntimeResult(String(outputs.stdout));
  }

  private inputs(): PropertyMap {
    const stdin = scriptInput(bundleScript(TRANSACTION), {
      ...payloadInputs(this.runtime),
      // As in the dev stack, whose machines share this host's cgroups.
      cgroup_driver: "cgroupfs",
    });
    return { connection: this.connection, create: shellCommand("apply"), delete: shellCommand("delete"), stdin };
  }
}

/** A file asset as the engine sends it. */
const fileAsset = (path: string, hash: string): PropertyMap => ({
  "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
  hash,
  path,
});
