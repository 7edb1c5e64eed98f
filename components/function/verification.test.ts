import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { imagePins, imageReference } from "../../infra/images";
import { settled } from "../../tests/support/graph";
import { verificationJob } from "./verification";
import { argumentProblems, type FunctionVerification, HTTP_CLIENT_IMAGE } from "./verification-args";

const SCRIPT = join(__dirname, "scripts", "verify.sh");

let folder: string;
let server: Server;
let url: string;
let answers: (body: string, asked: number) => { status?: number; body: string };
let asked: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-verify-"));
  asked = 0;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      asked += 1;
      const answer = answers(`${request.method} ${request.url} ${body}`, asked);
      response.writeHead(answer.status ?? 200).end(answer.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true });
});

/** Runs the script as the Job does. */
function verify(variables: Record<string, string>): Promise<{ code: number; reason: string }> {
  const reasonFile = join(folder, "reason");
  const env = { PATH: process.env.PATH, VERIFY_URL: url, VERIFY_SECONDS: "0", VERIFY_REASON: reasonFile, ...variables };
  return new Promise((done) => {
    execFile("sh", ["-c", readFileSync(SCRIPT, "utf8"), "verify"], { env }, (error) => {
      const code = error === null ? 0 : Number(error.code);
      done({ code, reason: code === 0 ? "" : readFileSync(reasonFile, "utf8") });
    });
  });
}

describe("the script", () => {
  it("is content with the very body", async () => {
    answers = (body) => ({ body: body.replace("POST /echo ", "") });
    const body = "@Wasm Edge\n\n$(x) \"'\n";
    expect(await verify({ VERIFY_URL: `${url}/echo`, VERIFY_BODY: body, VERIFY_EXPECT: body })).toMatchObject({
      code: 0,
    });
  });

  it("asks with GET when nothing is to be sent, and takes any body when none is expected", async () => {
    answers = (body) => ({ body, status: body === "GET /a " ? 204 : 400 });
    expect(await verify({ VERIFY_URL: `${url}/a` })).toMatchObject({ code: 0 });
  });

  it("takes any answer but a server's failure where nothing is known of the function", async () => {
    answers = () => ({ body: "no such page", status: 404 });
    expect(await verify({ VERIFY_ANY: "1" })).toMatchObject({ code: 0 });
    expect(await verify({})).toMatchObject({ code: 1 });
    answers = () => ({ body: "broken", status: 503 });
    expect((await verify({ VERIFY_ANY: "1" })).reason).toContain("answered with status 503: broken");
  });

  it("behind a gateway does not take its 404 for the function's answer, and goes on", async () => {
    answers = (_, count) => ({ body: "no route", status: count < 3 ? 404 : 405 });
    expect(await verify({ VERIFY_ANY: "1", VERIFY_GATEWAY: "1", VERIFY_SECONDS: "30" })).toMatchObject({ code: 0 });
    expect(asked).toBe(3);
    answers = () => ({ body: "no route", status: 404 });
    expect((await verify({ VERIFY_ANY: "1", VERIFY_GATEWAY: "1" })).reason).toContain("status 404: no route");
    answers = () => ({ body: "", status: 204 });
    expect(await verify({ VERIFY_GATEWAY: "1" })).toMatchObject({ code: 0 });
  }, 30_000);

  it.each([
    [{ body: "Wasm" }, {}, 'answered "Wasm", expected "WasmEdge"'],
    [{ body: "WasmEdge\n" }, {}, 'expected "WasmEdge"'],
    [{ body: "broken", status: 500 }, {}, "answered with status 500: broken"],
    [{ body: "" }, { VERIFY_URL: "http://127.0.0.1:9" }, "Failed to connect"],
  ])("says why it gave up: %j %j", async (answer, variables, reason) => {
    answers = () => answer;
    const result = await verify({ VERIFY_EXPECT: "WasmEdge", ...variables });
    expect(result).toEqual({ code: 1, reason: expect.stringContaining(reason) });
    expect(result.reason).toMatch(/^no right answer within 0 s: http:.*\n$/s);
  });

  it("goes on until the right answer comes", async () => {
    answers = (_, count) => ({ body: count < 3 ? "not yet" : "WasmEdge" });
    expect(await verify({ VERIFY_EXPECT: "WasmEdge", VERIFY_SECONDS: "30" })).toMatchObject({ code: 0 });
    expect(asked).toBe(3);
  }, 30_000);

  it("keeps its reason short, whatever comes back", async () => {
    answers = () => ({ body: "x".repeat(100_000) });
    const { reason } = await verify({ VERIFY_EXPECT: "y".repeat(10_000) });
    expect(reason.length).toBeLessThan(1_600);
  });
});

describe("verificationJob", () => {
  const of = { name: "echo", namespace: "fn" };
  const job = (check: FunctionVerification = {}, checked: unknown = { image: "a:1" }) =>
    // biome-ignore lint/suspicious/noExplicitAny: tests read where the types allow outputs
    verificationJob(of, check, "http://echo.fn.svc.cluster.local", checked as pulumi.Input<unknown>) as any;
  const name = (...args: Parameters<typeof job>): Promise<string> => settled(job(...args).metadata.name);

  it("asks the function's address in its namespace, with what Pod Security `restricted` wants", () => {
    const { metadata, spec } = job({ path: "/echo", body: "B", expect: "E", timeoutSeconds: 5, image: "curl:1" });
    expect(metadata.namespace).toBe("fn");
    expect(spec).toMatchObject({ backoffLimit: 0 });
    const pod = spec.template.spec;
    expect(pod).toMatchObject({ restartPolicy: "Never", automountServiceAccountToken: false });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    const [container] = pod.containers;
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    expect(
      Object.fromEntries(container.env.map((one: { name: string; value: string }) => [one.name, one.value])),
    ).toEqual({
      VERIFY_URL: "http://echo.fn.svc.cluster.local/echo",
      VERIFY_SECONDS: "5",
      VERIFY_BODY: "B",
      VERIFY_EXPECT: "E",
      VERIFY_REASON: container.terminationMessagePath,
    });
    expect(container.image).toBe("curl:1");
  });

  it("asks and expects dollars as they were written: the kubelet would read them otherwise", async () => {
    const check = { path: "/$$", body: "$(VERIFY_URL)", expect: pulumi.output("pa$$word") };
    const [{ env, command }] = job(check).spec.template.spec.containers;
    const values = await Promise.all(env.map((one: { value: pulumi.Input<string> }) => settled(one.value)));
    expect(values).toEqual(expect.arrayContaining(["$$(VERIFY_URL)", "pa$$$$word"]));
    expect(values[0]).toMatch(/\/\$\$\$\$$/);
    expect(command[2].replaceAll("$$", "$")).toBe(readFileSync(SCRIPT, "utf8"));
    expect(command[2]).toContain("begun=$$(date +%s)");
  });

  it("is another one when the function or the question is, and only then", async () => {
    const first = await name({ expect: "a" });
    expect(first).toMatch(/^echo-verify-[0-9a-f]{10}$/);
    expect(await name({ expect: "a" })).toBe(first);
    expect(await name({ expect: "b" })).not.toBe(first);
    expect(await name({ expect: "a" }, { image: "a:2" })).not.toBe(first);
  });

  it("has a name that is no secret, and tells nothing of those in the function and the question", async () => {
    const named = (word: string, image = "a:1") => {
      const env = [{ name: "A", value: pulumi.secret(word) }];
      return job({ expect: pulumi.secret(word) }, { env, image: pulumi.output(image) }).metadata.name;
    };
    expect(await pulumi.isSecret(named("word"))).toBe(false);
    const first = await settled<string>(named("word"));
    expect(first).toMatch(/^echo-verify-[0-9a-f]{10}$/);
    expect(await settled(named("other"))).toBe(first);
    expect(await settled(named("word", "a:2"))).not.toBe(first);
  });

  it("goes where its image runs and pulls it with the function's login, where that is asked for and only there", async () => {
    const pod = (check: FunctionVerification) =>
      // biome-ignore lint/suspicious/noExplicitAny: tests read where the types allow outputs
      (verificationJob(of, check, "http://echo", "a", "echo-registry") as any).spec.template.spec;
    const nodeSelector = { "kubernetes.io/arch": "arm64" };
    expect(pod({ nodeSelector, withImageCredentials: true })).toMatchObject({
      nodeSelector,
      imagePullSecrets: [{ name: "echo-registry" }],
    });
    expect(Object.keys(pod({}))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/nodeSelector|PullSecrets/)]),
    );
    expect(await name({ nodeSelector })).not.toBe(await name());
  });

  it("is not found by the function's own Service", () => {
    expect(job().spec.template.metadata.labels).toEqual({ "app.kubernetes.io/name": "echo-verify" });
  });
});

test("the image that is pulled by default is pinned, so that a site's own registry can have it", () => {
  const pin = imagePins.find(({ home }) => home.includes("/curl:"))!;
  expect(imageReference(pin)).toBe(HTTP_CLIENT_IMAGE);
});

test("a verification that cannot be is told", () => {
  const paths = (check: FunctionVerification | false, serves = true): string[] =>
    argumentProblems(check, serves).map(({ path }) => path);
  expect(paths({ path: "/a", timeoutSeconds: 1 })).toEqual([]);
  expect(paths(false, false)).toEqual([]);
  expect(paths({ path: "a", timeoutSeconds: 0 })).toEqual(["verify.path", "verify.timeoutSeconds"]);
  expect(paths({}, false)).toEqual(["verify"]);
});
