import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { run } from "../../../infra/process";
import { yamlLanguageHost } from "../../../infra/toolchain/binaries";
import { artifactPath } from "../../../infra/toolchain/store";
import { engineBinary, installPlugin } from "../engine";
import { TEST_MS, withPlugin } from "../kubernetes/cluster";

const PLUGIN = resolve(__dirname, "../../../infra/components-plugin");
const host = join(artifactPath(yamlLanguageHost()), "bin");

function missing(): string {
  if (engineBinary() === undefined) return " (skipped: no Pulumi engine)";
  return existsSync(host) ? "" : " (skipped: the language host for YAML is not built; npm test builds it)";
}

const obstacle = missing();

/** A step of a preview, as the engine prints it. */
interface Step {
  op: string;
  urn: string;
  newState: { type: string; parent?: string; inputs?: Record<string, unknown>; dependencies?: string[] };
}

(obstacle === "" ? describe : describe.skip)(`a program in YAML${obstacle}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-yaml-"));
  const example = join(folder, "example");
  let steps: Step[];

  beforeAll(async () => {
    mkdirSync(example);
    mkdirSync(join(folder, "state"));
    // As the example lies in the clone: the plugin one folder up.
    symlinkSync(join(PLUGIN, "pulumi-resource-ofwasm"), join(folder, "pulumi-resource-ofwasm"));
    copyFileSync(join(PLUGIN, "example/Pulumi.yaml"), join(example, "Pulumi.yaml"));
    for (const [name, plugin] of Object.entries(withPlugin.plugins)) installPlugin(join(folder, "home"), name, plugin);
    const pulumi = async (...args: string[]): Promise<string> => {
      const env = {
        ...withPlugin.env,
        PULUMI_HOME: join(folder, "home"),
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PATH: [host, dirname(engineBinary()!), process.env.PATH].join(delimiter),
      };
      return (await run(engineBinary()!, [...args, "--non-interactive"], { cwd: example, env })).stdout;
    };
    await pulumi("stack", "init", "test");
    steps = (JSON.parse(await pulumi("preview", "--json", "--stack", "test")) as { steps: Step[] }).steps;
  }, TEST_MS);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const nameOf = (urn: string | undefined): string => urn?.split("::").at(-1) ?? "";
  const step = (name: string): Step["newState"] => steps.find(({ urn }) => nameOf(urn) === name)!.newState;

  it("has the library's components with their children in the preview", () => {
    expect(
      steps
        .filter(({ newState }) => !newState.type.startsWith("pulumi:"))
        .map(({ op, urn, newState: { type, parent } }) => `${op} ${type} ${nameOf(urn)} < ${nameOf(parent)}`)
        .sort(),
    ).toEqual([
      "create kubernetes:apps/v1:Deployment echo-deployment < echo",
      "create kubernetes:batch/v1:Job echo-verify < echo",
      "create kubernetes:core/v1:Service echo-service < echo",
      "create kubernetes:node.k8s.io/v1:RuntimeClass class-class < class",
      "create ofwasm:index:WasmFunction echo < functions-test",
      "create ofwasm:index:WasmRuntime class < functions-test",
    ]);
  });

  it("gives them its arguments", () => {
    const { spec } = step("echo-deployment").inputs as {
      spec: { template: { spec: { containers: { image: string; env: object[] }[]; runtimeClassName: string } } };
    };
    const [container] = spec.template.spec.containers;
    expect(container).toMatchObject({ image: "registry.example.org/echo:1" });
    expect(container!.env).toContainEqual({ name: "GREETING", value: "hello" });
    expect(spec.template.spec.runtimeClassName).toBe("openfunction-crun");
  });
});

test.each(["pulumi-resource-ofwasm", "host.cjs"])("%s tells the engine where it listens", (file) => {
  // Ends by itself: the engine that it is told of is not there.
  const script = `const child = require("node:child_process").spawn(process.execPath, [${JSON.stringify(join(PLUGIN, file))}, "127.0.0.1:1"]);
    child.stdout.once("data", (port) => { process.stdout.write(port); child.kill(); });`;
  const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: TEST_MS });
  expect(stdout).toMatch(/^\d+\n$/);
});
