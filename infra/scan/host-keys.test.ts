import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentProtocol, type ParsedKey, Server, utils } from "ssh2";
import type { KeyPair } from "../../components/node-pool/spec";
import { makeKeyPair } from "../local/machine/keys";
import type { Bastion } from "../settings";
import { scanHostKeys } from "./host-keys";

const LOGIN = makeKeyPair();
const parsed = (key: string): ParsedKey => {
  const made = utils.parseKey(key);
  if (made instanceof Error) throw made;
  return Array.isArray(made) ? made[0]! : made;
};

/** An SSH agent with one key. */
function agent(socket: string): TcpServer {
  const key = parsed(LOGIN.privateKey);
  return createServer((connection) => {
    const protocol = new AgentProtocol(false);
    protocol.on("identities", (request) => protocol.getIdentitiesReply(request, [key]));
    protocol.on("sign", (request, _, data) => protocol.signReply(request, key.sign(data)));
    connection
      .on("error", () => {})
      .pipe(protocol)
      .pipe(connection);
  }).listen(socket);
}

/** An sshd that lets the agent's key in, and forwards. */
async function sshd(host: KeyPair): Promise<{ server: Server; port: number; logins: string[]; forwards: number[] }> {
  const logins: string[] = [];
  const forwards: number[] = [];
  const known = parsed(LOGIN.publicKey).getPublicSSH();
  const server = new Server({ hostKeys: [host.privateKey] }, (client) =>
    client
      .on("error", () => {})
      .on("authentication", (attempt) => {
        const right = attempt.method === "publickey" && attempt.key.data.equals(known);
        if (!right) return attempt.reject(["publickey"]);
        if (attempt.signature) logins.push(attempt.username);
        attempt.accept();
      })
      .on("tcpip", (accept, reject, { destIP, destPort }) => {
        forwards.push(destPort);
        const target = connect(destPort, destIP);
        target.on("error", () => reject());
        target.on("connect", () => {
          const channel = accept();
          target.pipe(channel).pipe(target);
          channel.on("error", () => {});
        });
      }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port, logins, forwards };
}

describe("machines behind a bastion", () => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-scan-agent-"));
  const socket = join(folder, "agent");
  const before = process.env.SSH_AUTH_SOCK;
  const [bastionKey, machineKey] = [makeKeyPair(), makeKeyPair()];
  let keys: TcpServer;
  let bastion: Awaited<ReturnType<typeof sshd>>;
  let machine: Awaited<ReturnType<typeof sshd>>;

  beforeEach(async () => {
    process.env.SSH_AUTH_SOCK = socket;
    keys = agent(socket);
    [bastion, machine] = await Promise.all([sshd(bastionKey), sshd(machineKey)]);
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.SSH_AUTH_SOCK;
    else process.env.SSH_AUTH_SOCK = before;
    const closed = [bastion.server, machine.server, keys].map((one) => new Promise((done) => one.close(done)));
    await Promise.all(closed);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const through = (hostKey: string): Bastion => ({ address: "127.0.0.1", port: bastion.port, user: "jump", hostKey });
  const target = (port: number) => ({ address: "127.0.0.1", port, user: "root" });

  test("are asked through it, with the agent's key; each that does not answer is told", async () => {
    const { offered, problems } = await scanHostKeys(
      [target(machine.port), target(1)],
      [],
      through(bastionKey.publicKey),
    );
    expect(offered.map(({ hostKey, dialled }) => ({ hostKey, dialled }))).toEqual([{ hostKey: machineKey.publicKey }]);
    expect(problems).toEqual([expect.stringMatching(/^127\.0\.0\.1:1: the bastion gets no connection to it: /)]);
    expect(bastion.logins).toEqual(["jump"]);
    expect(bastion.forwards).toContain(machine.port);
    expect(machine.logins).toEqual([]);
  });

  test("are not asked when the bastion's key is another one, and nobody logs in there", async () => {
    const asked = scanHostKeys([target(machine.port)], [], through(machineKey.publicKey));
    await expect(asked).rejects.toThrow(/^bastion: host key mismatch at 127\.0\.0\.1/);
    expect([bastion.logins, bastion.forwards, machine.logins]).toEqual([[], [], []]);
  });
});
