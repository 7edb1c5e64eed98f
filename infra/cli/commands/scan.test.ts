import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "ssh2";
import { parse } from "yaml";
import { type CapturedOutput, captureOutput } from "../../../tests/support/captured-output";
import { makeKeyPair } from "../../local/machine/keys";
import { SettingsError } from "../../settings";
import { fingerprint, parseHostKey } from "../../toolchain/plugins/command/ssh/host-key";
import { exitCodes } from "../command";
import { parseOptions, UsageError } from "../options";
import { scan } from "./scan";

/** An sshd that counts who got as far as a login. */
interface Machine {
  port: number;
  hostKey: string;
  print: string;
  logins: number;
  /** Waits for its last connection: ssh2 goes on with it. */
  stop(): Promise<void>;
}

async function startMachine(port = 0): Promise<Machine> {
  const { privateKey, publicKey } = makeKeyPair();
  const server = new Server({ hostKeys: [privateKey] }, (client) => {
    client
      .on("error", () => {})
      .on("authentication", (attempt) => {
        machine.logins += 1;
        attempt.reject();
      });
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const print = fingerprint(parseHostKey(publicKey).blob);
  const stop = (): Promise<void> => new Promise((done) => server.close(() => done()));
  const machine = { port: (server.address() as AddressInfo).port, hostKey: publicKey, print, logins: 0, stop };
  return machine;
}

let folder: string;
let captured: CapturedOutput;
let one: Machine;
let two: Machine;

beforeAll(async () => {
  [one, two] = await Promise.all([startMachine(), startMachine()]);
});
afterAll(() => Promise.all([one.stop(), two.stop()]));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-scan-"));
  captured = captureOutput();
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]): Promise<number> =>
  scan.run(parseOptions(argv, scan.flags, scan.without, true), { clone: folder });

const file = (stack = "ssh"): string => join(folder, `Pulumi.${stack}.yaml`);
const text = (): string => readFileSync(file(), "utf8");
const hosts = (): unknown =>
  (parse(text()) as Record<string, Record<string, unknown>>).config!["openfunction-wasm:hosts"];
const at = ({ port }: Machine): string => `127.0.0.1:${port}`;

test("writes what the machines offered, after showing it, and logs in to none", async () => {
  const expect2 = `--expect=${one.print},${two.print}`;
  expect(await run(at(one), `worker=admin@${at(two)}`, expect2)).toBe(exitCodes.ok);
  expect(captured.out).toBe(
    `node-0  ${at(one)}  ssh-ed25519  ${one.print}  new\nworker  ${at(two)}  ssh-ed25519  ${two.print}  new\n`,
  );
  expect(hosts()).toEqual([
    { name: "node-0", address: "127.0.0.1", port: one.port, hostKey: one.hostKey },
    { name: "worker", address: "127.0.0.1", port: two.port, user: "admin", hostKey: two.hostKey },
  ]);
  expect([one.logins, two.logins]).toEqual([0, 0]);
  expect(await run(at(one), at(two))).toBe(exitCodes.ok);
  expect(captured.err).toMatch(/has them all with these keys/);
});

test("keeps the file's comments, order, other settings and permissions", async () => {
  const before = `# mine
config:
  openfunction-wasm:sshAgent: true # of this session
  openfunction-wasm:hosts:
    # the old one
    - { name: first, address: 192.0.2.1, hostKey: ${two.hostKey} } # in the cellar
  openfunction-wasm:kubernetesVersion: 1.34.11
`;
  writeFileSync(file(), before, { mode: 0o640 });
  expect(await run(at(one), "--yes")).toBe(exitCodes.ok);
  const added = `    - { name: node-0, address: 127.0.0.1, port: ${one.port}, hostKey: ${one.hostKey} }\n`;
  const lines = before.split("  openfunction-wasm:kubernetesVersion");
  expect(text()).toBe(`${lines[0]}${added}  openfunction-wasm:kubernetesVersion${lines[1]}`);
  expect(statSync(file()).mode & 0o777).toBe(0o640);
});

test("the example of the clone says what to do, and is filled in", async () => {
  const example = readFileSync(join(__dirname, "../../../Pulumi.ssh.yaml"), "utf8");
  writeFileSync(file(), example);
  expect(await run(at(one), "--yes")).toBe(exitCodes.ok);
  const added = `\n    - { name: node-0, address: 127.0.0.1, port: ${one.port}, hostKey: ${one.hostKey} }\n`;
  expect(text()).toBe(example.replace(" []\n", added));
});

test("a name of DNS gets the address that it led to, for the other machines", async () => {
  expect(await run(`localhost:${one.port}`, "--yes")).toBe(exitCodes.ok);
  expect(hosts()).toMatchObject([{ address: "localhost", internalAddress: "127.0.0.1" }]);
});

test("refuses another key than the file has, until it is told to replace it", async () => {
  const other = await startMachine();
  try {
    const known = `config:\n  openfunction-wasm:hosts:\n    - address: 127.0.0.1 # db\n      port: ${other.port}\n      hostKey: ${one.hostKey}\n`;
    writeFileSync(file(), known);
    expect(await run(at(other), at(two), "--yes")).toBe(exitCodes.failed);
    expect(captured.err).toMatch(`- node-0 (${at(other)}) ANSWERS WITH ANOTHER KEY: the file has ${one.print}`);
    expect(text()).toBe(known);
    expect(await run(at(other), "--yes", "--replace")).toBe(exitCodes.ok);
    expect(text()).toBe(known.replace(one.hostKey, other.hostKey));
  } finally {
    await other.stop();
  }
});

test("writes nothing when any machine is not as expected, and tells all of it", async () => {
  const silent: TcpServer = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const port = (silent.address() as AddressInfo).port;
  const stopped = await startMachine();
  await stopped.stop();
  const never = `SHA256:${"a".repeat(43)}`;
  expect(await run(at(one), at(two), `127.0.0.1:${port}`, at(stopped), "--expect", `${one.print},${never}`)).toBe(
    exitCodes.failed,
  );
  silent.close();
  const said = captured.err;
  expect(said).toMatch(`- 127.0.0.1:${port}: `);
  expect(said).toMatch(new RegExp(`- ${at(stopped)}: .*ECONNREFUSED`));
  expect(said).toMatch(`- node-1: offered ${two.print}, which --expect does not list`);
  expect(said).toMatch(`- --expect ${never}: offered by none of the machines`);
  expect(existsSync(file())).toBe(false);
});

test("without a terminal it wants to be told what to expect, and shows what there is first", async () => {
  await expect(run(at(one))).rejects.toThrow(UsageError);
  expect(captured.out).toMatch(one.print);
  expect(existsSync(file())).toBe(false);
});

test("writes the bastion in the place of another one, whose login's key stays", async () => {
  writeFileSync(
    file(),
    `config:\n  openfunction-wasm:bastion: { address: 192.0.2.9, user: jump, hostKey: ${two.hostKey}, privateKey: key }\n`,
  );
  expect(await run(at(one), "--bastion", "--yes")).toBe(exitCodes.ok);
  expect(parse(text())).toEqual({
    config: {
      "openfunction-wasm:bastion": {
        address: "127.0.0.1",
        port: one.port,
        hostKey: one.hostKey,
        privateKey: "key",
      },
    },
  });
});

test.each([
  [[], /name a machine/],
  [["a:0", "b_c!", "-"], /a:0: .*\nb_c!: .*\n-: /],
  [["a", "a:22"], /a is there twice/],
  [["a", "b", "--bastion"], /the one machine/],
  [["a", "--expect", "MD5:1"], /--expect MD5:1: a fingerprint/],
  [["a", "--port", "x", "--stack", "../x"], /a: .*\n--stack/],
])("%j is told what is wrong with it", async (argv, message) => {
  const attempt = run(...argv);
  await expect(attempt).rejects.toThrow(UsageError);
  await expect(attempt).rejects.toThrow(message);
});

test("a file whose hosts cannot be read is left alone", async () => {
  writeFileSync(file(), "config:\n  openfunction-wasm:hosts: [{ address: x }]\n");
  await expect(run(at(one), "--yes")).rejects.toThrow(SettingsError);
  writeFileSync(file(), "config: [\n");
  await expect(run(at(one), "--yes")).rejects.toThrow(/Pulumi\.ssh\.yaml/);
});
