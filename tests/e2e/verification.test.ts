import { type FunctionVerification, WasmFunction } from "../../components/function";
import { HTTP_CLIENT } from "../../infra/local/image/http-client";
import { engineBinary, type TestEngine, withEngine } from "../engine/engine";
import { providerFor, withPlugin } from "../engine/kubernetes/cluster";
import { note } from "./command";
import { DevStack, describeOnHost, type Login, READY } from "./stack";

// What a first run builds is there before: see `prepareTests`.
jest.setTimeout(900_000);

const onHost = engineBinary() === undefined ? describe.skip : describeOnHost;

onHost("a function that is asked from inside the cluster", () => {
  let stack: DevStack;
  let login: Login;
  let kubeconfig: string;
  let image: string;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-verify");
    const begun = performance.now();
    expect(await stack.must("up")).toMatch(READY);
    note(`up with the sample asked: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    login = await stack.login();
    kubeconfig = await stack.pulumi("stack", "output", "kubeconfig", "--show-secrets");
    image = await login.kubectl(
      "-n functions get deployment http-server -o jsonpath='{.spec.template.spec.containers[0].image}'",
    );
  });
  afterAll(() => stack.close());

  const jobs = async (name: string): Promise<{ name: string; uid: string; succeeded: number }[]> => {
    const list = await login.kubectl("-n functions get jobs -o json");
    return (
      JSON.parse(list) as { items: { metadata: { name: string; uid: string }; status: { succeeded?: number } }[] }
    ).items
      .filter(({ metadata }) => metadata.name.startsWith(`${name}-verify-`))
      .map(({ metadata, status }) => ({ name: metadata.name, uid: metadata.uid, succeeded: status.succeeded ?? 0 }));
  };

  const asked =
    (verify: FunctionVerification, env: Record<string, string> = {}) =>
    async () => {
      const provider = providerFor(kubeconfig);
      new WasmFunction(
        "asked",
        {
          namespace: "functions",
          image,
          imagePullPolicy: "Never",
          command: ["/wasmedge_hyper_server.wasm"],
          env,
          http: { route: "/echo" },
          verify: { body: "WasmEdge", image: HTTP_CLIENT, imagePullPolicy: "Never", ...verify },
        },
        { provider },
      );
    };

  /** For answers that stay wrong, however long they are waited for. */
  const failure = (engine: TestEngine, verify: FunctionVerification): Promise<string> =>
    engine.up(asked({ timeoutSeconds: 3, ...verify })).then(
      () => "it succeeded",
      (error: Error) => error.message,
    );

  it("was asked by up itself, once: a run that changes nothing asks nothing", async () => {
    const [first, ...others] = await jobs("http-server");
    expect([first?.succeeded, others]).toEqual([1, []]);
    expect(await stack.must("up")).toMatch(/Resources:\n +\d+ unchanged\n/);
    expect(await jobs("http-server")).toEqual([first]);
  });

  it("fails the run with what came back, and is asked anew by the next one, until the answer is right", () =>
    withEngine(withPlugin, async (engine) => {
      const wrong = { expect: "something else" };
      const reason = await failure(engine, wrong);
      expect(reason).toContain(
        'no right answer within 3 s: http://asked.functions.svc.cluster.local/echo answered "WasmEdge", expected "something else"',
      );
      note(reason.split("\n").find((line) => line.includes("no right answer")) ?? "");
      const [first] = await jobs("asked");
      expect(await failure(engine, wrong)).toContain("no right answer");
      const [second] = await jobs("asked");
      expect(second?.name).toBe(first?.name);
      expect(second?.uid).not.toBe(first?.uid);
      await engine.up(asked({ expect: "WasmEdge" }));
      const [right, ...others] = await jobs("asked");
      expect([right?.succeeded, others]).toEqual([1, []]);
      expect((await engine.up()).summary.resourceChanges).toEqual({ same: 6 });
      await engine.up(asked({ expect: "WasmEdge" }, { GENERATION: "2" }));
      const [rolled] = await jobs("asked");
      expect([rolled?.succeeded, rolled?.name === right?.name]).toEqual([1, false]);
      await engine.destroy();
      expect(await jobs("asked")).toEqual([]);
    }));

  it("says that nobody answers when the function is not there", () =>
    withEngine(withPlugin, async (engine) => {
      const reason = await failure(engine, { path: "/nothing-here", expect: "WasmEdge" });
      expect(reason).toMatch(/asked\.functions\.svc\.cluster\.local\/nothing-here answered with status 404/);
      await engine.destroy();
    }));

  it("down leaves nothing", async () => {
    await stack.must("down");
    expect([await stack.traces(1), stack.files()]).toEqual([[], []]);
  });
});
