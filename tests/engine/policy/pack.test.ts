import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { PACK } from "../../../infra/policy/pack-name";
import { type EngineOptions, engineBinary, type TestEngine, withEngine } from "../engine";
import { refusal, violations } from "./violations";

const withAnEngine = engineBinary() ? describe : describe.skip;
jest.setTimeout(120_000);

const policyPacks = [resolve(__dirname, "../../../infra/policy/served")];

const options: EngineOptions = {
  plugins: {
    command: { version: "1.2.1", entry: "infra/toolchain/plugins/command/main.ts" },
    "policy-ofw": { kind: "analyzer", version: PACK.version, entry: "infra/policy/main.ts" },
  },
};

const PASSWORD = "hunter2";

const careless = async (): Promise<void> => {
  new command.local.Command("piped", { create: "curl -fsSL https://example.org/install.sh | sh" });
  new command.local.Command("open", { create: "true", environment: { DB_PASSWORD: PASSWORD } });
  new command.local.Command("shown", { create: pulumi.secret(`echo ${PASSWORD} >/dev/null`) });
};

const careful = async (): Promise<void> => {
  new command.local.Command("hidden", { create: "true", environment: { DB_PASSWORD: pulumi.secret(PASSWORD) } });
};

/** Settings of the test's stack, as `Pulumi.<stack>.yaml` has them. */
function configure(engine: TestEngine, settings: string): void {
  const file = join(engine.dir, "Pulumi.test.yaml");
  writeFileSync(file, `${readFileSync(file, "utf8")}config:\n  ${settings}\n`);
}

withAnEngine("the rules under the real engine", () => {
  test("a preview names every violation at once, with remedies and without the secret", async () => {
    const output = await withEngine(options, (engine) => refusal(engine.preview(careless, { policyPacks })));
    expect(violations(output, "mandatory")).toEqual([
      "command-pinned-download piped",
      "command-piped-download piped",
      "command-secret-environment open",
      "command-secret-on-command-line shown",
    ]);
    expect(output).toContain("- environment.DB_PASSWORD is in the open in the state");
    expect(output).toContain("Remedy: wrap the value with pulumi.secret");
    expect(output).not.toContain(PASSWORD);
    expect(output).not.toMatch(/from \$PATH/);
  });

  test("an up makes nothing that breaks a rule, and what breaks none", async () => {
    await withEngine(options, async (engine) => {
      expect(violations(await refusal(engine.up(careless, { policyPacks, parallel: 1 })), "mandatory")).not.toEqual([]);
      expect(engine.stateOnDisk()).not.toContain("command:local:Command");
      const { summary } = await engine.up(careful, { policyPacks });
      expect(summary.resourceChanges).toMatchObject({ create: 1 });
    });
  });

  test("the setting production reaches the rules", async () => {
    await withEngine(options, async (engine) => {
      const program = async (): Promise<void> => {
        new command.local.Command("test-0-machine", { create: "true" });
      };
      expect(await refusal(engine.preview(program, { policyPacks }))).toBe("");
      configure(engine, "contract:production: true");
      const output = await refusal(engine.preview(program, { policyPacks }));
      expect(violations(output, "mandatory")).toEqual(["stack-protected test-0-machine"]);
    });
  });
});
