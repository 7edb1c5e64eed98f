import { versions } from "../../infra/versions";
import { note } from "./command";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";

// What a first run builds is there before: see `prepareTests`.
jest.setTimeout(900_000);

const STATE_READY = new RegExp(
  [
    '^dapr-state {3}Ready {3}(http://[\\d.]+:\\d+)/state/asked {3}POST "WasmEdge" -> "WasmEdge" {3}',
    `\\(wasm: crun [\\d.]+ \\+WASM:wasmedge [\\d.]+, openfunction-crun, beside daprd ${versions.dapr} with its store in memory\\)$`,
  ].join(""),
  "m",
);

/** What the function says when nobody listens on the sidecar's port. */
const NOT_REACHED =
  /^Dapr's sidecar is not reached on 127\.0\.0\.1:3500: Connection refused .*; does the container daprd/;

describeOnHost("a function with Dapr's sidecar", () => {
  let stack: DevStack;
  let login: Login;
  let url: string;

  const kubectl = (command: string): Promise<string> => login.kubectl(`-n functions ${command}`);
  const restarts = async (): Promise<Record<string, number>> => {
    const template = '{range .items[0].status.containerStatuses[*]}{.name}={.restartCount}{"\\n"}{end}';
    const text = await kubectl(`get pods -l app.kubernetes.io/name=dapr-state -o jsonpath='${template}'`);
    return Object.fromEntries(text.split("\n").map((line) => [line.split("=")[0]!, Number(line.split("=")[1])]));
  };
  const podAddress = (): Promise<string> =>
    kubectl("get pods -l app.kubernetes.io/name=dapr-state -o jsonpath='{.items[0].status.podIP}'");
  const ask = async (method: string, path: string, body?: string): Promise<[number, string]> => {
    const answer = await fetch(url + path, { method, body, headers: { connection: "close" } });
    return [answer.status, await answer.text()];
  };
  /** Sends a signal to the sidecar and asks the function in the same moment: status, seconds and body. */
  const askAfter = async (signal: string): Promise<{ status: number; seconds: number; text: string }> => {
    const answer = await login.ssh(
      0,
      `kill -${signal} $(pgrep -x daprd)
       curl -s -m 15 -w '\\n%{http_code} %{time_total}' http://${await podAddress()}:8080/state/kept`,
    );
    const lines = answer.split("\n");
    const [status, seconds] = lines.at(-1)!.split(" ").map(Number);
    return { status: status!, seconds: seconds!, text: lines[0]! };
  };

  beforeAll(async () => {
    stack = await DevStack.open("e2e-dapr");
  });
  afterAll(() => stack.close());

  it("up ends with the answers of both samples, and says which sidecar it is", async () => {
    const text = await stack.must("up", { daprSample: "true" });
    expect(text).toMatch(READY);
    expect(text).toMatch(STATE_READY);
    url = STATE_READY.exec(text)![1]!;
    login = await stack.login();
  });

  it("what is posted is there for the next request, as text and as JSON, until it is deleted", async () => {
    expect(await ask("GET", "/state/kept")).toEqual([404, "nothing is kept under kept\n"]);
    expect(await ask("POST", "/state/kept", 'a "text"\n')).toEqual([200, 'a "text"\n']);
    expect(await ask("GET", "/state/kept")).toEqual([200, 'a "text"\n']);
    const json = await fetch(`${url}/state/json`, {
      method: "PUT",
      body: '{"a": [1]}',
      headers: { "content-type": "application/json" },
    });
    expect([json.headers.get("content-type"), await json.text()]).toEqual(["application/json", '{"a":[1]}']);
    expect(await ask("DELETE", "/state/kept")).toEqual([204, ""]);
    expect((await ask("GET", "/state/kept"))[0]).toBe(404);
  });

  it("counts that come at the same time are all counted", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask("POST", "/count/visits")));
    expect(answers.map(([, text]) => Number(text)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await ask("GET", "/state/visits")).toEqual([200, "6"]);
  });

  it("the sidecar is Dapr's runtime, whose API nothing outside the pod reaches", async () => {
    const address = await podAddress();
    const curl = (port: number, path: string): Promise<string> =>
      login.ssh(0, `curl -s -m 5 -w '\\n%{http_code}' http://${address}:${port}${path} || true`);
    const metadata = JSON.parse((await curl(3501, "/v1.0/metadata")).split("\n")[0]!) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      id: "dapr-state",
      runtimeVersion: versions.dapr,
      components: [{ name: "statestore", type: "state.in-memory" }],
    });
    expect(await curl(3500, "/v1.0/metadata")).toMatch(/000$/);
    expect((await curl(3501, "/v1.0/state/statestore/visits")).split("\n").at(-1)).toBe("404");
  });

  it("the image is one for amd64 and arm64, and a machine has all of its own part", async () => {
    const images = await login.ssh(0, "ctr -n k8s.io images check | grep ofwasm.local/");
    note(images);
    const listed = await login.ssh(0, "ctr -n k8s.io images ls | grep ofwasm.local/");
    note(listed);
    for (const name of ["http-server", "dapr-state", "daprd"]) {
      const [, type] = new RegExp(`^ofwasm\\.local/${name}:[0-9a-f]{12} +(\\S+)`, "m").exec(images) ?? [];
      expect([name, type]).toEqual([name, "application/vnd.oci.image.index.v1+json"]);
      expect(images).toMatch(new RegExp(`^ofwasm\\.local/${name}:.* complete \\((\\d)/\\1\\) `, "m"));
    }
    for (const name of ["http-server", "dapr-state"])
      expect(listed).toMatch(new RegExp(`^ofwasm\\.local/${name}:.* linux/amd64,linux/arm64 `, "m"));
  });

  it("a sidecar that hangs is told after its deadline, and asked again when it goes on", async () => {
    await ask("POST", "/state/kept", "before");
    const { status, seconds, text } = await askAfter("STOP");
    await login.ssh(0, "kill -CONT $(pgrep -x daprd)");
    expect([status, text]).toEqual([504, expect.stringContaining("gave no answer within 5000 ms")]);
    note(`a sidecar that hangs was told after ${seconds} s`);
    expect(await eventually(() => ask("GET", "/state/kept").catch(String), isWell)).toEqual([200, "before"]);
  });

  it("a sidecar that is killed is told, and everything works again when Kubernetes has started it", async () => {
    const { status, seconds, text } = await askAfter("KILL");
    expect([status, text]).toEqual([503, expect.stringMatching(NOT_REACHED)]);
    note(`a sidecar that was killed was told after ${seconds} s`);
    const begun = Date.now();
    const back = (): Promise<[number, string] | string> => ask("POST", "/state/kept", "after").catch(String);
    expect(await eventually(back, isWell)).toEqual([200, "after"]);
    note(`well again ${Date.now() - begun} ms after the sidecar was killed`);
    // The function itself was never started again; the store was in the sidecar's memory.
    expect(await restarts()).toEqual({ function: 0, daprd: 1 });
    expect((await ask("GET", "/state/visits"))[0]).toBe(404);
  });

  it("up again changes nothing, and without the setting the function and its sidecar go", async () => {
    expect(await stack.must("up", { daprSample: "true" })).toMatch(/Resources:\n +\d+ unchanged\n/);
    const text = await stack.must("up");
    expect(text).toMatch(READY);
    expect(text).not.toMatch(/^dapr-state /m);
    expect(await kubectl("get deployments -o name")).toBe("deployment.apps/http-server");
    expect(await login.ssh(0, "ctr -n k8s.io images ls -q | grep -E 'ofwasm.local/(dapr|daprd)' || true")).toBe("");
  });

  it("down leaves nothing", async () => {
    expect(await stack.traces(1)).not.toEqual([]);
    await stack.must("down");
    expect(await stack.traces(1)).toEqual([]);
    expect(stack.files()).toEqual([]);
  });
});

const isWell = (answer: [number, string] | string): boolean => answer[0] === 200;
