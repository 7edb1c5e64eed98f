import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../../infra/process";

const START_MS = 20_000;

/** Debian's registry, unpacked without being installed: its package would start it as a service. */
export async function registryProgram(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const download = (): Promise<unknown> => run("apt-get", ["-q", "download", "docker-registry"], { cwd: folder });
  await download().catch(async () => {
    await run("apt-get", ["-q", "update"]);
    await download();
  });
  const [archive] = readdirSync(folder).filter((name) => name.endsWith(".deb"));
  await run("dpkg-deb", ["-x", join(folder, archive!), folder]);
  return join(folder, "usr", "bin", "docker-registry");
}

/** A registry on the loopback, over plain HTTP. */
export class LoopbackRegistry {
  private child?: ChildProcess;
  port = 0;

  constructor(
    private readonly program: string,
    private readonly folder: string,
  ) {}

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    mkdirSync(this.folder, { recursive: true });
    const config = join(this.folder, "config.yml");
    const storage = { filesystem: { rootdirectory: join(this.folder, "storage") } };
    // JSON is YAML too.
    writeFileSync(config, JSON.stringify({ version: "0.1", storage, http: { addr: this.host } }));
    this.child = spawn(this.program, ["serve", config], { stdio: "ignore" });
    const deadline = Date.now() + START_MS;
    while (!(await this.answers())) {
      if (Date.now() > deadline) throw new Error(`the registry does not answer within ${START_MS / 1000} s`);
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** The digest that the registry itself gives for the image; `undefined` when it has none. */
  async digest(repository: string, reference: string): Promise<string | undefined> {
    const accept = [
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.docker.distribution.manifest.v2+json",
    ].join(", ");
    const answer = await fetch(`http://${this.host}/v2/${repository}/manifests/${reference}`, { headers: { accept } });
    return answer.ok ? (answer.headers.get("docker-content-digest") ?? undefined) : undefined;
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(`http://${this.host}/v2/`)).ok;
    } catch {
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
