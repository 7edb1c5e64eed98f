import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentProgress } from "../progress";
import type { BuildRequest } from "./cargo";
import { buildInDebian, cargoInDebian } from "./debian";

let folder: string;
let request: BuildRequest;
const before = process.env.OFWASM_CACHE;
const platform = Object.getOwnPropertyDescriptor(process, "platform")!;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-debian-"));
  process.env.OFWASM_CACHE = folder;
  const context = { progress: silentProgress, log: join(folder, "log"), step: silentProgress.step("test") };
  request = { sources: "/crate", target: join(folder, "target"), triple: "wasm32-wasip1", context };
});
afterEach(() => {
  jest.restoreAllMocks();
  Object.defineProperty(process, "platform", platform);
  if (before === undefined) delete process.env.OFWASM_CACHE;
  else process.env.OFWASM_CACHE = before;
  rmSync(folder, { recursive: true });
});

const user = (): unknown => jest.spyOn(process as Required<typeof process>, "getuid").mockReturnValue(1000);
const otherSystem = (): unknown => Object.defineProperty(process, "platform", { ...platform, value: "darwin" });

test.each([
  ["root", user, "needs root, to enter a system of its own"],
  ["Linux", otherSystem, "needs Linux; this is darwin"],
])("a host without %s is refused with the reason, and nothing is made", async (_, pretend, reason) => {
  pretend();
  expect(await buildInDebian(request)).toEqual({ refused: reason });
  await expect(cargoInDebian(request, ["vendor"])).rejects.toThrow(
    `cargo vendor of /crate by Debian trixie's Rust ${reason}`,
  );
  expect(readdirSync(folder)).toEqual([]);
});
