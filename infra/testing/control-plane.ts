import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../toolchain/plugins/kubernetes/client";
import { access } from "../toolchain/plugins/kubernetes/kubeconfig";

export interface ControlPlaneBinaries {
  etcd: string;
  apiserver: string;
  /** Runs the garbage collector and the namespace controller; without it such deletions would never end. */
  controllerManager: string;
}

export interface ControlPlane {
  /** Contents of an administrator's kubeconfig. */
  kubeconfig: string;
  client: Client;
  /** Stops the API server, as a crash would; its data stays. */
  pause(): Promise<void>;
  /** Starts it again on the same port. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** Seconds that a busy machine may take. */
const START_MS = 60_000;

/** Memory, where there is some: etcd waits for its disk at every write. */
const FAST_DIR = "/dev/shm";

/** The rest would act on objects as a whole cluster does, which takes machines; tests set those states. */
const CONTROLLERS = "garbage-collector-controller,namespace-controller";

/**
 * A real API server with a real etcd on loopback, and the two controllers that deletions need.
 *
 * Leaves nothing behind after `stop`.
 */
export async function startControlPlane(binaries: ControlPlaneBinaries): Promise<ControlPlane> {
  const dir = mkdtempSync(join(existsSync(FAST_DIR) ? FAST_DIR : tmpdir(), "ofwasm-control-plane-"));
  const ports = await freePorts(3);
  const [client, peer, secure] = ports as [number, number, number];
  const processes = new Set<ChildProcess>();
  const start = (name: string, command: string, args: string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], cwd: dir });
    const log = createWriteStream(join(dir, `${name}.log`), { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    processes.add(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...processes].map(ended));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    start("etcd", binaries.etcd, etcdArguments(dir, client, peer));
    const token = credentials(dir);
    const serverArguments = apiserverArguments(dir, client, secure);
    let server = start("apiserver", binaries.apiserver, serverArguments);
    await until(() => existsSync(join(dir, "certs", "apiserver.crt")), server, dir);
    const kubeconfig = kubeconfigFor(secure, readFileSync(join(dir, "certs", "apiserver.crt")), token);
    const kubeconfigFile = join(dir, "admin.conf");
    writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
    const admin = new Client(access({ kubeconfig }));
    await until(() => isReady(admin), server, dir);
    start("controller-manager", binaries.controllerManager, [
      `--kubeconfig=${kubeconfigFile}`,
      `--controllers=${CONTROLLERS}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--concurrent-gc-syncs=4",
    ]);
    return {
      kubeconfig,
      client: admin,
      pause: async () => {
        processes.delete(server);
        await ended(server);
      },
      resume: async () => {
        server = start("apiserver", binaries.apiserver, serverArguments);
        await until(() => isReady(admin), server, dir);
      },
      stop: async () => {
        admin.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdArguments(dir: string, client: number, peer: number): string[] {
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return [
    `--data-dir=${join(dir, "etcd")}`,
    `--listen-client-urls=${at(client)}`,
    `--advertise-client-urls=${at(client)}`,
    `--listen-peer-urls=${at(peer)}`,
    `--initial-advertise-peer-urls=${at(peer)}`,
    `--initial-cluster=default=${at(peer)}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

function apiserverArguments(dir: string, etcd: number, secure: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    `--secure-port=${secure}`,
    `--cert-dir=${join(dir, "certs")}`,
    `--token-auth-file=${join(dir, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(dir, "service-account.pem")}`,
    `--service-account-signing-key-file=${join(dir, "service-account.pem")}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    // Its accounts are made by a controller that does not run here.
    "--disable-admission-plugins=ServiceAccount",
    "--allow-privileged=true",
  ];
}

function credentials(dir: string): string {
  mkdirSync(join(dir, "certs"));
  const token = randomBytes(16).toString("hex");
  writeFileSync(join(dir, "tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(dir, "service-account.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return token;
}

function kubeconfigFor(port: number, ca: Buffer, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    clusters: [
      {
        name: "test",
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": ca.toString("base64") },
      },
    ],
    users: [{ name: "admin", user: { token } }],
  });
}

async function isReady(client: Client): Promise<boolean> {
  try {
    await client.call({ method: "GET", path: "/api/v1/namespaces/default" });
    await client.call({ method: "GET", path: "/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-admin" });
    return true;
  } catch {
    return false;
  }
}

async function until(done: () => boolean | Promise<boolean>, child: ChildProcess, dir: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await done())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      const log = join(dir, "apiserver.log");
      const tail = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n").slice(-15).join("\n") : "";
      throw new Error(`the API server did not get ready within ${START_MS / 1000} s:\n${tail}`);
    }
    await sleep(50);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.kill("SIGKILL");
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (!address || typeof address === "string") throw new Error("no port was given");
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
