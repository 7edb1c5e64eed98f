import { spawn } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyPair, MachineSpec } from "../../components/node-pool/spec";
import { payloadInputs, remotePayload, TRANSACTION } from "../../components/node-runtime/transaction";
import { bundleScript, scriptInput, shellCommand } from "../../components/remote/remote-script";
import type { ScriptInputs } from "../../components/remote/script";
import { payload as payloadArtifact } from "../../infra/artifacts";
import { machineBase } from "../../infra/local/image/base";
import { configInputs } from "../../infra/local/image/files";
import { BASE, type BasePlan } from "../../infra/local/image/packages";
import { makeRoot } from "../../infra/local/image/rootfs";
import { makeKeyPair } from "../../infra/local/machine/keys";
import { HOST_PACKAGES } from "../../infra/local/machine/packages";
import { RUNTIME_FILES, RUNTIME_PLACES, trialMachine } from "../../infra/local/machine/trial";
import { type RuntimeBuild, type RuntimePayload, readPayload } from "../../infra/toolchain/payload";
import { streamProgress } from "../../infra/toolchain/progress";
import { type Artifact, artifactKey, ensure } from "../../infra/toolchain/store";
import { ensureSystemPackages } from "../../infra/toolchain/system-packages";
import { machineCommand } from "../machine/support";

export { describeOnHost } from "../machine/support";

/** The pair that the settings have as default. */
const VERSIONS = { crunVersion: "1.21", wasmedgeVersion: "0.14.1" };

/** How a command on a machine ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

/** What a machine has, without times: equal before and after means given back as it was. */
export const CONTENT =
  `find ${RUNTIME_PLACES} -printf '%p %y %m %u %l\\n' 2>/dev/null | sort; ` +
  "find /etc /opt /usr/local /root -type f -exec sha256sum {} + | sort; dpkg-query -W; " +
  "ctr -n k8s.io images list -q; ctr -n k8s.io containers list -q";

/** What the script printed. */
export const result = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;

/** Fails with everything that the script said. */
export function expectCode(ended: Ended, code: number): void {
  if (ended.code !== code)
    throw new Error(`exit code ${ended.code}, expected ${code}:\n${ended.stderr}${ended.stdout}`);
}

/** ssh knows no exit code of a command that a signal ended. */
export const expectKilled = (ended: Ended): void => expectCode(ended, 255);

/** A machine as the runtime finds it: containerd configured by an operator, no Kubernetes yet. */
function plainImage(plan: BasePlan): Artifact {
  const base = machineBase(plan);
  return {
    name: "node-test-image",
    title: `Debian ${plan.suite} with containerd, for tests`,
    inputs: [artifactKey(base), ...configInputs()],
    async produce(into, context) {
      const { path } = await ensure(base, context);
      await makeRoot(join(into, "root"), { base: join(path, "root"), commands: {}, certificates: "" }, context);
      return { source: "the machines' base" };
    },
  };
}

const runtimeOf = async (runtimeBuild: RuntimeBuild): Promise<RuntimePayload> =>
  readPayload((await ensure(payloadArtifact({ ...VERSIONS, runtimeBuild }), { progress: streamProgress() })).path);

/** One machine of this host that the transaction is tried on. */
export class TestNode {
  private constructor(
    private readonly state: string,
    readonly spec: MachineSpec,
    public runtime: RuntimePayload,
  ) {}

  /** Where the payload lies on the machine. */
  get payload(): string {
    return remotePayload(this.runtime.manifest.sha256);
  }

  /**
   * @param base what the machine has; Debian's suites: `trixie` (containerd 1.7), `bookworm` (1.6)
   * @param runtimeBuild where crun is compiled
   */
  static async create(
    stack: string,
    base: Partial<BasePlan> = {},
    runtimeBuild: RuntimeBuild = "payload",
  ): Promise<TestNode> {
    const progress = streamProgress();
    await ensureSystemPackages([...HOST_PACKAGES, "openssh-client"], progress);
    const image = await ensure(plainImage({ ...BASE, ...base }), { progress });
    const runtime = await runtimeOf(runtimeBuild);
    const state = mkdtempSync(join(tmpdir(), "ofwasm-node-"));
    process.env.OFWASM_STATE = state;
    const login: KeyPair = makeKeyPair();
    writeFileSync(join(state, "login"), `${login.privateKey.trimEnd()}\n`, { mode: 0o600 });
    const spec = trialMachine(stack, image.path, login.publicKey);
    writeFileSync(join(state, "known"), `${spec.address} ${spec.hostKey.publicKey}\n`);
    await machineCommand(["create"], JSON.stringify(spec));
    const node = new TestNode(state, spec, runtime);
    await node.sendPayload();
    return node;
  }

  async destroy(): Promise<void> {
    await machineCommand(["clean", "--stack", this.spec.stack]);
    delete process.env.OFWASM_STATE;
    rmSync(this.state, { recursive: true, force: true });
  }

  /** Pulls the plug and boots the machine again. */
  async powerCycle(): Promise<void> {
    const which = ["--stack", this.spec.stack, "--name", this.spec.name];
    await machineCommand(["kill", ...which]);
    await machineCommand(["start", ...which]);
  }

  /** Runs a command with the given standard input; never throws for an exit code. */
  run(command: string, input: string | NodeJS.ReadableStream = ""): Promise<Ended> {
    const options = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${join(this.state, "known")}`, "BatchMode=yes"];
    const args = ["-F", "none", ...options.flatMap((one) => ["-o", one]), "-i", join(this.state, "login")];
    const begun = Date.now();
    return new Promise((done, fail) => {
      const child = spawn("ssh", [...args, `root@${this.spec.address}`, command], { stdio: "pipe" });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      child.stdin.on("error", () => {});
      if (typeof input === "string") child.stdin.end(input);
      else input.pipe(child.stdin);
      child.once("error", fail);
      child.once("close", (code) => done({ code, stdout, stderr, milliseconds: Date.now() - begun }));
    });
  }

  /** Output of a command that must succeed. */
  async sh(command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, input);
    if (code !== 0) throw new Error(`${command}: exit code ${code}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  /** The machine gets another payload, now and from now on. */
  async use(runtimeBuild: RuntimeBuild): Promise<void> {
    await this.sh(`rm -f ${this.payload}`);
    this.runtime = await runtimeOf(runtimeBuild);
    await this.sendPayload();
  }

  /** Copies the payload to where the copy resource puts it. */
  async sendPayload(): Promise<void> {
    await this.run(`cat >${this.payload}`, createReadStream(this.runtime.path));
  }

  /**
   * Runs the transaction as the command resource does.
   *
   * @param inputs added to the usual ones
   * @param patch changes the script's text, to stop it where it cannot be stopped from outside
   */
  script(
    verb: "apply" | "delete" | "status" | "inspect",
    inputs: ScriptInputs = {},
    patch: (script: string) => string = (script) => script,
  ): Promise<Ended> {
    return this.run(
      shellCommand(verb),
      scriptInput(patch(bundleScript(TRANSACTION)), { ...payloadInputs(this.runtime), ...inputs }),
    );
  }

  /** Path, kind, mode, owner, size, time of change and content of everything that the transaction may touch. */
  snapshot(): Promise<string> {
    return this.sh(`${RUNTIME_FILES}; find ${RUNTIME_PLACES} -type f -exec sha256sum {} + 2>/dev/null | sort`);
  }

  containerdPid(): Promise<string> {
    return this.sh("systemctl show --value -p MainPID containerd");
  }
}

/** Counts the script's commands, in subshells of it too, as far as they are of the main shell. */
export const countingCommands = (script: string): string =>
  `set -T; COMMANDS=0; trap 'COMMANDS=$((COMMANDS + 1))' DEBUG\n${script.replace('main "$@"', 'main "$@"; trap - DEBUG; echo "commands: $COMMANDS" >&2')}`;

/** Kills the script before its command of that number. */
export const killingItselfAt =
  (at: number) =>
  (script: string): string =>
    `set -T; COMMANDS=0; trap 'COMMANDS=$((COMMANDS + 1)); [[ $COMMANDS -lt ${at} ]] || kill -9 $$' DEBUG\n${script}`;
