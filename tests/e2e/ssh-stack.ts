import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MachineSpec } from "../../components/node-pool/spec";
import { run } from "../../infra/process";
import type { Lab } from "../machine/support";
import { type Ended, note, RunningCommand } from "./command";
import { eventually } from "./stack";

/** A stack of composition ssh on machines of a lab, driven by commands, each run in a session of its own. */
export class SshStack {
  private agent: ChildProcess | undefined;
  private sessions = 0;

  constructor(
    protected readonly lab: Lab,
    readonly name: string,
  ) {}

  /** A machine as its owner hands it over. */
  async install(machine: MachineSpec): Promise<void> {
    await this.lab.create(machine);
    // CoreDNS forwards to what the machine has; nobody answers there.
    await this.lab.ssh(machine, `echo nameserver ${machine.gateway} >/etc/resolv.conf`);
  }

  /** Runs a command to its end, however it ends. */
  async run(verb: string, machines: readonly MachineSpec[]): Promise<Ended> {
    const hosts = machines.map(({ name, address, hostKey }) => ({ name, address, hostKey: hostKey.publicKey.trim() }));
    return this.runWith(verb, { hosts: JSON.stringify(hosts) });
  }

  /** The same with the hosts of the stack's file, and settings on top. */
  async runWith(verb: string, settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const all = {
      composition: "ssh",
      sshAgent: "true",
      cgroupDriver: "cgroupfs",
      dedicatedDisk: "false",
      ...settings,
    };
    return this.command([verb, ...Object.entries(all).flatMap(([key, value]) => ["--set", `${key}=${value}`])]);
  }

  /** Runs any command on the stack. */
  async command([verb = "", ...args]: readonly string[]): Promise<Ended> {
    await this.newSession();
    const ended = await new RunningCommand(this.lab.state, [verb, "--stack", this.name, ...args]).ended;
    note(`${verb}: exit code ${ended.code} after ${ended.seconds} s`);
    return ended;
  }

  /** Runs a command that must succeed; gives what it printed. */
  async must(verb: string, machines: readonly MachineSpec[]): Promise<string> {
    const { code, text } = await this.run(verb, machines);
    if (code !== 0) throw new Error(`${verb} ended with exit code ${code}:\n${text}`);
    return text;
  }

  close(): void {
    this.agent?.kill();
    delete process.env.SSH_AUTH_SOCK;
  }

  /** As after a new login: the user's keys are in another agent, on another socket. */
  private async newSession(): Promise<void> {
    this.agent?.kill();
    this.sessions += 1;
    const socket = join(this.lab.state, `agent-${this.sessions}`);
    this.agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await eventually(
      async () => existsSync(socket),
      (is) => is,
    );
    process.env.SSH_AUTH_SOCK = socket;
    await run("ssh-add", ["-q", join(this.lab.state, "login")], { env: { SSH_AUTH_SOCK: socket } });
  }
}
