import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userPlugins } from "./installed";
import { pluginHome } from "./plugin-home";
import type { PluginChoice } from "./plugins";

let folder: string;
const before = { OFWASM_CACHE: process.env.OFWASM_CACHE, PULUMI_HOME: process.env.PULUMI_HOME };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm it's a home-"));
  process.env.OFWASM_CACHE = join(folder, "cache");
  process.env.PULUMI_HOME = join(folder, "user");
});
afterEach(() => {
  for (const [key, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[key];
    else process.env[key] = value;
  }
  rmSync(folder, { recursive: true });
});

function bundled(text: string): PluginChoice {
  const file = join(folder, `bundle-${text}.cjs`);
  writeFileSync(file, `console.log(${JSON.stringify(text)}, ...process.argv.slice(2))`);
  return { name: "kubernetes", version: "4.34.0", program: { kind: "bundle", file }, source: "embedded" };
}

const run = (home: string, args: string[]): string =>
  execFileSync(join(home, "plugins/resource-kubernetes-v4.34.0/pulumi-resource-kubernetes"), args, {
    encoding: "utf8",
    cwd: "/",
    // A plugin must run whatever PATH says.
    env: { PATH: "/nonexistent" },
  });

test("an embedded plugin runs with its arguments, from a path with blanks and quotes, without a PATH", () => {
  const home = pluginHome([bundled("one")]);
  expect(run(home, ["127.0.0.1:1234", "two words"])).toBe("one 127.0.0.1:1234 two words\n");
});

test("the same plugins have the same home; another bundle has another, and the first stays as it is", () => {
  const first = pluginHome([bundled("one")]);
  expect(pluginHome([bundled("one")])).toBe(first);
  const second = pluginHome([bundled("two")]);
  expect(second).not.toBe(first);
  expect([run(first, []), run(second, [])]).toEqual(["one\n", "two\n"]);
});

test("a program is linked, and the user's other plugins stay in reach of the engine", () => {
  const user = join(folder, "user/plugins");
  mkdirSync(join(user, "resource-aws-v7.44.0"), { recursive: true });
  mkdirSync(join(user, "resource-kubernetes-v4.34.0"));
  writeFileSync(join(user, "resource-aws-v7.44.0.lock"), "");
  const file = join(user, "resource-kubernetes-v4.34.0/pulumi-resource-kubernetes");
  const home = pluginHome([{ ...bundled("one"), program: { kind: "program", file } }]);
  expect(readdirSync(join(home, "plugins")).sort()).toEqual(["resource-aws-v7.44.0", "resource-kubernetes-v4.34.0"]);
  expect(readlinkSync(join(home, "plugins/resource-kubernetes-v4.34.0/pulumi-resource-kubernetes"))).toBe(file);
  expect(readlinkSync(join(home, "plugins/resource-aws-v7.44.0"))).toBe(join(user, "resource-aws-v7.44.0"));
});

test("in a shell that has taken our environment, our own launcher is not mistaken for an installed plugin", () => {
  const home = pluginHome([bundled("one")]);
  process.env.PULUMI_HOME = home;
  expect(userPlugins()).not.toContain(home);
});

test("the engine finds no folder for its logs", () => {
  expect(statSync(join(pluginHome([bundled("one")]), "logs")).isFile()).toBe(true);
});
