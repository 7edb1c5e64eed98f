import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CapturedOutput, captureOutput } from "../../../tests/support/captured-output";
import { publishedCharts } from "../../charts/layers";
import type { MirrorContents } from "../../mirror/contents";
import { SettingsError } from "../../settings";
import { filesBelow } from "../../toolchain/store";
import { helpText } from "../command";
import { parseOptions, UsageError } from "../options";
import { mirror } from "./mirror";

const CLONE = join(__dirname, "..", "..", "..");

let folder: string;
let captured: CapturedOutput;
const stateBefore = process.env.OFWASM_STATE;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-mirror-command-"));
  process.env.OFWASM_STATE = join(folder, "state");
  captured = captureOutput();
});

afterEach(() => {
  jest.restoreAllMocks();
  if (stateBefore === undefined) delete process.env.OFWASM_STATE;
  else process.env.OFWASM_STATE = stateBefore;
  rmSync(folder, { recursive: true });
});

const run = async (...argv: string[]): Promise<number> =>
  mirror.run(parseOptions(argv, mirror.flags, mirror.without, mirror.positionals !== undefined), { clone: CLONE });

test.each([
  [[], "say list, sync DIR or push DIR"],
  [["copy"], "say list, sync DIR or push DIR"],
  [["list", "more"], "say list, sync DIR or push DIR"],
  [["sync"], "say list, sync DIR or push DIR"],
  [["sync", "a", "b"], "say list, sync DIR or push DIR"],
  [["push"], "say list, sync DIR or push DIR"],
  [["push", "a", "--only", "images"], "--only: only sync has it"],
  [["push", "a"], "push: --set imageRegistry="],
  [["push", "a", "--set", "imageRegistry=registry.example.org"], "a: there is no such folder"],
  [["sync", "a", "--json"], "--json: only list has it"],
  [["list", "--only", "payload"], "--only: only sync has it"],
  [["sync", "a", "--only", "payload,image"], "--only payload,image: parts are published, payload, images"],
  [["sync", "https://mirror.example.org"], "name a folder of this host"],
])("mirror %j is refused", async (argv, message) => {
  const failure = await run(...argv).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect(String(failure)).toContain(message);
});

test("positionals are refused by commands that take none", () => {
  expect(() => parseOptions(["list"])).toThrow(UsageError);
});

test("list prints JSON of the settings' images, and writes nothing", async () => {
  const set = ["--set", "imageRegistry=registry.example.org", "--stack", "new", "--set", "composition=dev"];
  expect(await run("list", "--json", ...set)).toBe(0);
  const contents = JSON.parse(captured.out) as MirrorContents;
  expect(contents.charts).toHaveLength(publishedCharts.length);
  expect(contents.images[0]?.copy.to).toMatch(/^docker:\/\/registry\.example\.org\//);
  expect(existsSync(join(folder, "state"))).toBe(false);
});

test("a wrong setting and an unknown stack are refused", async () => {
  await expect(run("list", "--set", "imageRegistry=HTTP://x")).rejects.toBeInstanceOf(SettingsError);
  await expect(run("list", "--set", "nosuch=1")).rejects.toThrow(/nosuch = \(unknown key\)/);
  await expect(run("list", "--stack", "nosuch")).rejects.toThrow(/--stack = nosuch/);
});

test("sync fails with every file that the mirror has not got or has wrong", async () => {
  const bad = join(folder, "mirror");
  mkdirSync(join(bad, "charts"), { recursive: true });
  writeFileSync(join(bad, "charts", "knative-serving-1.3.2.tgz"), "something else");
  expect(await run("sync", join(folder, "bundle"), "--only", "published", "--set", `mirror=${bad}`)).toBe(1);
  expect(captured.out).toBe("");
  const count = Number(/^mirror: (\d+) of \1 files are missing:$/m.exec(captured.err)?.[1]);
  expect(count).toBeGreaterThan(publishedCharts.length);
  expect(captured.err).toMatch(/^ {2}charts\/knative-serving-1\.3\.2\.tgz: .* is not what was published: SHA-256/m);
  const absent = /^ {2}(charts|downloads)\/\S+: there is no \S+; it is published as https:\/\/\S+$/gm;
  expect(captured.err.match(absent)).toHaveLength(count - 1);
  expect(filesBelow(join(folder, "bundle"), [])).toEqual([]);
});

test("its help says what it takes and what the bundle serves", () => {
  expect(helpText("mirror", mirror)).toMatch(/^npm run mirror -- list \| sync DIR \| push DIR \[OPTIONS\]\n/);
  expect(helpText("mirror", mirror)).toContain("DIR then serves as the setting mirror");
});
