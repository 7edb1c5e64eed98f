import { execFileSync, spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { bundleScript } from "../remote";
import { compactScript } from "./compact";

const KEYS = { AccessKeyId: "AKIDEXAMPLE", SecretAccessKey: "wJalr+secret/KEY", Token: "token//==" };
const REGION = "eu-central-1";
const CONTENT = "what was announced\n";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** The signature that AWS would compute of a GET request, by its own description of version 4. */
function signatureOf({ method, url, headers }: IncomingMessage, signedHeaders: string, scope: string): string {
  const [date = "", region = "", service = ""] = scope.split("/");
  const canonical = [
    method,
    url,
    "",
    ...signedHeaders.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signedHeaders,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = [region, service, "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    hmac(`AWS4${KEYS.SecretAccessKey}`, date),
  );
  return hmac(key, text).toString("hex");
}

/** Why a bucket would not answer a request, or nothing. */
function refusal(request: IncomingMessage): string | undefined {
  const { headers } = request;
  const parts = /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\S+), ?SignedHeaders=(\S+), ?Signature=(\w+)$/.exec(
    headers.authorization ?? "",
  );
  if (!parts) return `not signed: ${headers.authorization}`;
  const [, id, scope = "", signed = "", signature] = parts;
  if (id !== KEYS.AccessKeyId) return `signed by ${id}`;
  if (!scope.endsWith(`/${REGION}/s3/aws4_request`)) return `scope ${scope}`;
  if (headers["x-amz-security-token"] !== KEYS.Token) return "no token of the role";
  for (const name of ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"])
    if (!signed.split(";").includes(name)) return `${name} is not signed`;
  return signature === signatureOf(request, signed, scope) ? undefined : "another signature";
}

/** A metadata service and a bucket in one. */
class Cloud {
  readonly requests: string[] = [];
  /** Answers that fail before one is right. */
  failures = 0;
  content = CONTENT;
  private constructor(private readonly server: Server) {}

  static async open(): Promise<Cloud> {
    const server = createServer((request, response) => {
      const { status, body } = cloud.answer(request);
      response.writeHead(status).end(body);
    });
    const cloud = new Cloud(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return cloud;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
  }

  private answer(request: IncomingMessage): { status: number; body: string } {
    const path = request.url ?? "";
    this.requests.push(`${request.method} ${path}`);
    if (path === "/latest/api/token" && request.method === "PUT") return { status: 200, body: "session" };
    if (path.startsWith("/latest/")) {
      if (request.headers["x-aws-ec2-metadata-token"] !== "session") return { status: 401, body: "" };
      const role = "/latest/meta-data/iam/security-credentials/";
      if (path === role) return { status: 200, body: "node-role" };
      if (path === `${role}node-role`)
        return { status: 200, body: JSON.stringify({ Code: "Success", ...KEYS }, null, 2) };
      return { status: 404, body: "" };
    }
    if (this.failures-- > 0) return { status: 503, body: "" };
    const reason = path.startsWith("/private/") ? refusal(request) : undefined;
    return reason === undefined ? { status: 200, body: this.content } : { status: 403, body: reason };
  }
}

interface Ended {
  code: number | null;
  stderr: string;
  status: { state: string; step: string; reason?: string };
}

let cloud: Cloud;
let folder: string;

beforeEach(async () => {
  cloud = await Cloud.open();
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
  writeFileSync(join(folder, "bootstrap.sh"), compactScript(bundleScript(join(__dirname, "scripts", "bootstrap.sh"))));
  writeFileSync(join(folder, "transaction.inputs"), "key=value\n");
  transaction('cat >seen; printf \'{"provedAt":"now"}\\n\'');
});
afterEach(() => {
  cloud.close();
  rmSync(folder, { recursive: true });
});

const transaction = (script: string): void => writeFileSync(join(folder, "transaction.sh"), `${script}\nexit $?\n`);

/** Runs the bootstrap as its unit does, without systemd. */
function bootstrap(inputs: Record<string, string | number>, verb = "run", env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const all = { deadline_seconds: 20, imds: cloud.url, node_labels: "a=b", ...inputs };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(join(folder, "inputs"), lines.join(""));
  return new Promise((done) => {
    const child = spawn("bash", [join(folder, "bootstrap.sh"), verb], { cwd: folder, env: { ...process.env, ...env } });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("close", (code) =>
      done({ code, stderr, status: JSON.parse(readFileSync(join(folder, "status"), "utf8")) as Ended["status"] }),
    );
  });
}

const download = (path: string, region = "-", announced = CONTENT): Record<string, string> => ({
  download_0: `${sha256(announced)} file ${region} ${cloud.url}${path}`,
});

describe("the bootstrap", () => {
  it("signs what only the instance's role may read, as AWS checks it", async () => {
    const ended = await bootstrap(download("/private/file", REGION));
    expect([ended.code, ended.stderr]).toEqual([0, "step download\nstep runtime\nstep join\nstep mark\n"]);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe(CONTENT);
    expect(cloud.requests[0]).toBe("PUT /latest/api/token");
    expect(ended.status).toMatchObject({ state: "ready", runtime: { provedAt: "now" } });
  });

  it("is not given what it does not sign", async () => {
    const ended = await bootstrap({ ...download("/private/file"), deadline_seconds: 1 });
    expect(ended.code).toBe(20);
    expect(ended.stderr).toContain("could not be fetched within 1 s");
  });

  it("tries again until it is answered", async () => {
    cloud.failures = 2;
    const ended = await bootstrap(download("/public/file"));
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/trying again in \d s/g)).toEqual(["trying again in 1 s", "trying again in 2 s"]);
  });

  it("asks for nothing that it has", async () => {
    await bootstrap(download("/public/file"));
    cloud.requests.length = 0;
    expect((await bootstrap(download("/public/file"))).code).toBe(0);
    expect(cloud.requests).toEqual([]);
  });

  it("uses nothing else than what was announced, and asks no second time", async () => {
    const ended = await bootstrap(download("/public/file", "-", "something else"));
    expect(ended.code).toBe(20);
    expect(ended.stderr).toContain(`has sha256 ${sha256(CONTENT)}, and ${sha256("something else")} was announced`);
    expect(cloud.requests).toEqual(["GET /public/file"]);
    expect(readdirSync(folder).filter((name) => name.startsWith("file") || name === "seen")).toEqual([]);
    expect(ended.status).toMatchObject({ state: "running", step: "download" });
  });

  it("joins once, after the proof, and never without one", async () => {
    writeFileSync(join(folder, "join.sh"), 'test -e seen && echo "$OFWASM_NODE_LABELS" >>joins\n');
    expect((await bootstrap({})).code).toBe(0);
    expect((await bootstrap({})).code).toBe(0);
    expect(readFileSync(join(folder, "joins"), "utf8")).toBe("a=b\n");
    rmSync(join(folder, "joined"));
    transaction("echo 'error: no proof' >&2; false");
    const ended = await bootstrap({});
    expect([ended.code, ended.status.step]).toEqual([1, "runtime"]);
    expect(readFileSync(join(folder, "joins"), "utf8")).toBe("a=b\n");
  });

  it("says in which step it failed, and that a deadline was over", async () => {
    transaction("exit 30");
    expect((await bootstrap({})).code).toBe(30);
    const ended = await bootstrap({ deadline_seconds: 600 }, "report", { SERVICE_RESULT: "timeout" });
    expect(ended.status).toMatchObject({ state: "failed", step: "runtime", reason: "not done within 600 s" });
    const killed = await bootstrap({}, "report", { SERVICE_RESULT: "signal", EXIT_STATUS: "KILL", INVOCATION_ID: "0" });
    expect(killed.status.reason).toBe("ended by signal, KILL");
  });
});

/** A certificate of the authority in the folder, as files NAME.crt and NAME.key. */
function certificate(name: string, subject: string, extension: string): void {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${name}.key`];
  const signer = name === "ca" ? [] : ["-CA", "ca.crt", "-CAkey", "ca.key"];
  openssl("req", "-x509", ...key, ...signer, "-subj", subject, "-addext", extension, "-out", `${name}.crt`);
}

const read = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("the mark of a node", () => {
  /** What a kubelet that kubeadm set up has. */
  function kubelet(server: string): void {
    writeFileSync(join(folder, "kubelet.pem"), read("node.crt") + read("node.key"));
    const authority = Buffer.from(read("ca.crt")).toString("base64");
    const lines = [
      "apiVersion: v1",
      "clusters:",
      "- cluster:",
      `    certificate-authority-data: ${authority}`,
      `    server: ${server}`,
      "users:",
      "- name: default-auth",
      "  user:",
      `    client-certificate: ${folder}/kubelet.pem`,
      `    client-key: ${folder}/kubelet.pem`,
    ];
    writeFileSync(join(folder, "kubelet.conf"), `${lines.join("\n")}\n`);
    const script = read("bootstrap.sh").replace("/etc/kubernetes/kubelet.conf", `${folder}/kubelet.conf`);
    writeFileSync(join(folder, "bootstrap.sh"), script);
  }

  it("is set by the node itself, with its kubelet's certificate, as soon as there is a node", async () => {
    certificate("ca", "/CN=ca", "basicConstraints=critical,CA:TRUE");
    certificate("server", "/CN=api", "subjectAltName=IP:127.0.0.1");
    certificate("node", "/O=system:nodes/CN=system:node:ip-10-0-0-1.example", "extendedKeyUsage=clientAuth");
    const asked: unknown[] = [];
    const tls = { key: read("server.key"), cert: read("server.crt"), ca: read("ca.crt") };
    const api = createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        asked.push({
          method: request.method,
          url: request.url,
          type: request.headers["content-type"],
          by: (request.socket as TLSSocket).getPeerCertificate().subject.CN,
          body: JSON.parse(body) as unknown,
        });
        // The kubelet has not registered its node yet.
        response.writeHead(asked.length === 1 ? 404 : 200).end("{}");
      });
    });
    await new Promise<void>((done) => api.listen(0, "127.0.0.1", done));
    kubelet(`https://127.0.0.1:${(api.address() as AddressInfo).port}`);
    transaction(
      `echo '{"payloadDigest":"sha256:abc","provedAt":"now","versions":{"crun":"1.21","containerd":"2.1"},"handler":"crun"}'`,
    );
    const mark = {
      metadata: { labels: { a: "b" }, annotations: { v: "%crun% %containerd% %payloadDigest% %provedAt%" } },
    };
    const ended = await bootstrap({ node_mark: JSON.stringify(mark) });
    api.close();
    expect([ended.code, ended.status.state]).toEqual([0, "ready"]);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual({
      method: "PATCH",
      url: "/api/v1/nodes/ip-10-0-0-1.example?fieldManager=ofwasm",
      type: "application/merge-patch+json",
      by: "system:node:ip-10-0-0-1.example",
      body: { metadata: { labels: { a: "b" }, annotations: { v: "1.21 2.1 sha256:abc now" } } },
    });
  });

  it("fails, and is said, when no kubelet comes", async () => {
    const ended = await bootstrap({ node_mark: "{}", deadline_seconds: 1 });
    expect([ended.code, ended.status.step]).toEqual([10, "mark"]);
    expect(ended.stderr).toContain("could not be marked as able to run WebAssembly within 1 s");
  });
});
