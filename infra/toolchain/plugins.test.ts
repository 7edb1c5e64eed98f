import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versions } from "../versions";
import { choosePlugins, pluginFile, pluginFolder } from "./plugins";
import { silentProgress } from "./progress";

let folder: string;
const before = { OFWASM_CACHE: process.env.OFWASM_CACHE, PULUMI_HOME: process.env.PULUMI_HOME };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-plugins-"));
  process.env.OFWASM_CACHE = join(folder, "cache");
  process.env.PULUMI_HOME = join(folder, "user");
  // The usual ones are there, so that nothing is asked for over a network.
  for (const name of ["kubernetes", "command"] as const) install(name, versions.pulumi[name]);
});
afterEach(() => {
  for (const [key, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[key];
    else process.env[key] = value;
  }
  rmSync(folder, { recursive: true });
});

function install(name: string, version: string): string {
  const place = join(folder, "user/plugins", pluginFolder(name, version));
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, pluginFile(name)), "");
  return join(place, pluginFile(name));
}

const choose = async (...more: "aws"[]) => choosePlugins({ progress: silentProgress }, more);

test("the usual plugins are chosen for every stack, and no other", async () => {
  expect((await choose()).map(({ name }) => name)).toEqual(["kubernetes", "command"]);
});

test("a plugin that is installed is taken", async () => {
  const file = install("aws", versions.pulumi.aws);
  const aws = (await choose("aws")).find(({ name }) => name === "aws");
  expect(aws).toMatchObject({ version: versions.pulumi.aws, program: { kind: "program", file } });
});

test("a plugin that nobody states a checksum of is neither downloaded nor made up: the message says what to do", async () => {
  await expect(choose("aws")).rejects.toThrow(
    new RegExp(
      `no published checksum of the official plugin ${versions.pulumi.aws}; .*resource-aws-v${versions.pulumi.aws} is not ` +
        `there.*pulumi plugin install resource aws ${versions.pulumi.aws}`,
    ),
  );
});
