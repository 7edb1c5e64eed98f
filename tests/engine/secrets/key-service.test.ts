import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { readCheckpoint } from "../../../infra/engine/checkpoint";
import { engineCall, ensureStack, openSession } from "../../../infra/engine/session";
import { engineBinary } from "../engine";

const PROVIDER = "hashivault://ofwasm";
const CLONE = join(__dirname, "../../..");

/** The two calls of Vault's transit engine that the engine makes; what it encrypts is only turned round. */
function vault(calls: string[]): Server {
  const turned = (text: string): string => [...text].reverse().join("");
  return createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString()) as { plaintext?: string; ciphertext?: string };
    calls.push(request.url ?? "");
    const data =
      body.plaintext === undefined
        ? { plaintext: turned((body.ciphertext ?? "").replace("vault:v1:", "")) }
        : { ciphertext: `vault:v1:${turned(body.plaintext)}` };
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ data }));
  });
}

const missing = engineBinary() === undefined ? " (skipped: no Pulumi engine)" : "";

(missing === "" ? describe : describe.skip)(`a stack whose file names a key service${missing}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-secrets-"));
  const calls: string[] = [];
  const server = vault(calls);
  const before = { ...process.env };

  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, {
      OFWASM_STATE: join(folder, "state"),
      VAULT_SERVER_URL: `http://127.0.0.1:${port}`,
      VAULT_SERVER_TOKEN: "token",
    });
  });

  afterAll(async () => {
    process.env = before;
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true, force: true });
  });

  it("is made with it, keeps its key in the state, and decrypts what was encrypted by it", async () => {
    copyFileSync(join(CLONE, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    const tracked = join(folder, "Pulumi.vault.yaml");
    const content = `secretsprovider: ${PROVIDER}\nconfig:\n  openfunction-wasm:composition: dev\n`;
    writeFileSync(tracked, content);
    const engine = {
      pulumi: engineBinary()!,
      env: { PULUMI_HOME: join(folder, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" },
    };
    const session = openSession(folder, "vault", new Map());
    await ensureStack(session, engine);

    const { secrets_providers: known } = readCheckpoint(session.files)?.checkpoint.latest ?? {};
    expect(known).toMatchObject({ type: "cloud", state: { url: PROVIDER } });
    expect(parse(readFileSync(session.configFile, "utf8"))).toMatchObject({
      secretsprovider: PROVIDER,
      encryptedkey: known?.state?.encryptedkey,
    });
    expect(calls).toContain("/v1/transit/encrypt/ofwasm");

    const config = (...args: string[]): Promise<string> =>
      engineCall(session, engine, ["config", "--stack", "vault", "--config-file", session.configFile, ...args]);
    await config("set", "--secret", "registryPassword", "hunter2");
    expect(readFileSync(session.configFile, "utf8")).not.toContain("hunter2");
    expect((await config("get", "registryPassword")).trim()).toBe("hunter2");
    expect(calls).toContain("/v1/transit/decrypt/ofwasm");
    expect(readFileSync(tracked, "utf8")).toBe(content);
  });
});
