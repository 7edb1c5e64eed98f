import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyPair } from "../../../components/node-pool/spec";
import { makeKeyPair } from "../../../infra/local/machine/keys";
import { cacheRoot } from "../../../infra/paths";

/** A real sshd on loopback, with a root user and a user `worker` that may use sudo. */
export interface TestMachine {
  port: number;
  /** In authorized_keys form. */
  hostKey: string;
  privateKey: string;
  keys: { host: KeyPair; login: KeyPair };
  /** Folder that the machine and the test share under the same path. */
  folder: string;
  /** Everything that sshd said. */
  log(): string;
  /** Logins so far. */
  logins(): number;
  stop(): Promise<void>;
}

const PACKAGES = ["openssh-server", "sudo"];

/**
 * Unpacked packages for the machine's root, from the Debian archive.
 *
 * @returns the folder, or why there is none.
 */
export function machinePackages(): { folder: string } | { missing: string } {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return { missing: "needs root on Linux" };
  for (const tool of ["setpriv", "unshare", "apt-get", "dpkg"]) {
    if (spawnSync("which", [tool]).status !== 0) return { missing: `${tool} is not installed` };
  }
  const simulated = spawnSync("apt-get", ["-s", "install", "--no-install-recommends", ...PACKAGES], {
    encoding: "utf8",
  });
  const names = [...simulated.stdout.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(
    ([, name, version]) => `${name}=${version}`,
  );
  if (simulated.status !== 0) return { missing: "apt-get knows no openssh-server; run apt-get update" };
  const folder = join(cacheRoot(), "test-machine", names.join("_").replaceAll(/[^\w.+-]/g, "_") || "installed");
  if (existsSync(folder)) return { folder };
  const download = mkdtempSync(join(tmpdir(), "ofwasm-debs-"));
  try {
    const got = names.length === 0 ? { status: 0 } : spawnSync("apt-get", ["download", ...names], { cwd: download });
    if (got.status !== 0) return { missing: "openssh-server cannot be downloaded from the Debian archive" };
    const root = join(download, "root");
    mkdirSync(root);
    for (const file of readdirSync(download).filter((name) => name.endsWith(".deb"))) {
      if (spawnSync("dpkg", ["-x", file, "root"], { cwd: download }).status !== 0)
        return { missing: `${file} is damaged` };
    }
    mkdirSync(join(folder, ".."), { recursive: true });
    spawnSync("cp", ["-aT", root, folder]);
    return { folder };
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}

/** A free port below those that the kernel hands out, so that no test running beside this one is given it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server
        .once("error", () => resolve(false))
        .once("listening", () => resolve(true))
        .listen(port, "127.0.0.1");
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

export interface MachineOptions {
  /** Added to sshd_config. */
  config?: readonly string[];
  /** Default: a free one. */
  port?: number;
  /** Machine whose host key and login this one has too. */
  identity?: TestMachine;
}

/** @param packages folder from `machinePackages` */
export async function startMachine(packages: string, options: MachineOptions = {}): Promise<TestMachine> {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-sshd-"));
  const port = options.port ?? (await freePort());
  const host = options.identity?.keys.host ?? makeKeyPair();
  const login = options.identity?.keys.login ?? makeKeyPair();
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content, { mode: 0o600 });
  // sshd refuses a key file without its last line break.
  write("host_key", `${host.privateKey}\n`);
  writeFileSync(join(folder, "authorized_keys"), login.publicKey);
  mkdirSync(join(folder, "shared"), { mode: 0o777 });
  spawnSync("chmod", ["0755", folder]);
  spawnSync("chmod", ["1777", join(folder, "shared")]);
  write(
    "sshd_config",
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${folder}/host_key`,
      `AuthorizedKeysFile ${folder}/authorized_keys`,
      `PidFile ${folder}/pid`,
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "UsePAM no",
      "StrictModes no",
      "LogLevel VERBOSE",
      ...(options.config ?? []),
      "",
    ].join("\n"),
  );
  let log = "";
  const child = spawn(
    "setpriv",
    [
      // A test run that is killed takes its machines with it.
      ...["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"],
      ...["--pid", "--fork", "--kill-child=KILL", "sh", join(__dirname, "machine.sh"), folder, packages],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  try {
    await answering(port, child, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    hostKey: host.publicKey,
    privateKey: login.privateKey,
    keys: { host, login },
    folder: join(folder, "shared"),
    log: () => log,
    logins: () => log.split("Accepted publickey").length - 1,
    stop,
  };
}

async function answering(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) break;
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      }).on("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`sshd does not answer:\n${log()}`);
}

/** Processes on this host whose command line holds `text`. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}
