import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import * as command from "@pulumi/command";
import { engineBinary, withEngine } from "../engine";
import { refusal, violations } from "./violations";

const withAnEngine = engineBinary() ? test : test.skip;
jest.setTimeout(180_000);

const clone = resolve(__dirname, "../../..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-pack-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/**
 * The pack in a folder that the engine runs with the SDK's own runner of packs, as the official Node host does; the one
 * that tests have is too old to do it itself.
 */
function packForTheRunner(): { pack: string; bin: string } {
  const [pack, bin] = [join(folder, "pack"), join(folder, "bin")];
  for (const one of [pack, bin]) mkdirSync(one);
  writeFileSync(join(pack, "PulumiPolicy.yaml"), "name: openfunction-wasm\nruntime: oftest\n");
  writeFileSync(join(pack, "index.js"), `require(${JSON.stringify(join(clone, "infra/bin/policy-pack.cjs"))});\n`);
  const runner = join(clone, "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js");
  const start = join(bin, "pulumi-analyzer-policy-oftest");
  writeFileSync(start, `#!/bin/sh\nexec '${process.execPath}' '${runner}' "$@"\n`);
  chmodSync(start, 0o755);
  return { pack, bin };
}

withAnEngine("the pack runs by @pulumi/policy too, but for what is kept as a secret", async () => {
  const { pack, bin } = packForTheRunner();
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ "stack-protected": { production: true } }));
  const options = {
    plugins: { command: { version: "1.2.1", entry: "infra/toolchain/plugins/command/main.ts" } },
    env: { PATH: [bin, process.env.PATH].join(delimiter) },
  };
  const program = async (): Promise<void> => {
    const machine = new command.local.Command("test-0-machine", { create: "true" });
    new command.local.Command("piped", {
      create: "curl -fsSL https://example.org/install.sh | sh",
      stdin: machine.stdout,
      environment: { DB_PASSWORD: "hunter2" },
    });
  };
  const output = await withEngine(options, (engine) =>
    refusal(engine.preview(program, { policyPacks: [pack], policyPackConfigs: [config] })),
  );
  expect(violations(output, "mandatory")).toEqual([
    "command-pinned-download piped",
    "command-piped-download piped",
    "stack-protected test-0-machine",
  ]);
  expect(violations(output, "advisory")).toEqual([]);
});
