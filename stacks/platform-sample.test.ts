import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FunctionObject, lintFunction, openFunction } from "../components/function";
import { rawSettings } from "../infra/engine/stack-files";
import { documentsOf } from "../infra/functions/documents";
import { importFunction } from "../infra/functions/import";
import { parseSettings, type Settings } from "../infra/settings";
import { settled } from "../tests/support/graph";
import { platformSampleArgs } from "./platform-sample";

const FILE = join(__dirname, "../samples/http-server/functions.yaml");

const PREFIX = "registry.example.org/team";

const functions = documentsOf(FILE).map(({ object, problem }) => {
  if (object === undefined) throw new Error(`${FILE}: ${problem ?? "no Function"}`);
  return JSON.parse(JSON.stringify(object).replaceAll("REGISTRY", PREFIX)) as FunctionObject;
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const settingsWith = (change: Record<string, string> = {}): Settings =>
  parseSettings({
    ...rawSettings(join(__dirname, "..")),
    platform: "full",
    sampleLane: "openfunction",
    imagePrefix: PREFIX,
    ...change,
  });

/** What only one of the two can know, and why; all else is the same. */
const OF_THE_FILE = { namespace: "functions", imageCredentials: "push-secret" };
const OF_THE_STACK = {
  serving: { "ofwasm.dev/source": "another revision under the same tag rolls the function" },
};

describe("samples/http-server/functions.yaml", () => {
  test("has no error for the linter, and names what a reader puts in", () => {
    const found = functions.flatMap((one) => lintFunction(one));
    expect(found.map(({ rule, severity }) => [rule, severity])).toEqual([["build-only", "warning"]]);
    const text = readFileSync(FILE, "utf8");
    for (const own of ["REGISTRY", "https://git.example.org/fork", "push-secret"])
      expect(text).toMatch(new RegExp(`^#   ${own}`, "m"));
  });

  test("comes to the Functions that the stack declares, but for what only one of the two can know", () => {
    const { build, serving } = platformSampleArgs(
      settingsWith({ sampleRepository: "https://git.example.org/fork#v1" }),
    );
    const { annotations, ...others } = serving;
    expect(Object.keys(annotations ?? {})).toEqual(Object.keys(OF_THE_STACK.serving));
    const declared = [
      openFunction({ ...build!, ...OF_THE_FILE, name: "http-server-build" }),
      openFunction({ ...others, ...OF_THE_FILE, name: "http-server" }),
    ];
    const imported = functions.map((one) => {
      const { name, args, left } = importFunction(one);
      expect(left).toEqual([]);
      return openFunction({ ...args, name });
    });
    expect(plain(imported)).toEqual(plain(declared));
  });

  test("says itself what it shares with the stack: nothing is left to a default that webhooks may fill in wrongly", () => {
    const { serving } = platformSampleArgs(settingsWith());
    const declared = openFunction({ ...serving, ...OF_THE_FILE, name: "http-server" });
    const [, served] = functions as [FunctionObject, FunctionObject];
    expect(plain(declared)).toMatchObject(plain(served) as object);
  });
});

describe("the login of the registry", () => {
  const serverOf = async (imagePrefix: string): Promise<unknown> => {
    const login = { imagePrefix, registryUsername: "robot", registryPassword: "hunter2" };
    return settled(platformSampleArgs(settingsWith(login)).serving.imageCredentials as never);
  };

  test.each([
    ["registry.example.org:5000/team", "registry.example.org:5000"],
    ["registry.example.org", "registry.example.org"],
    ["docker.io/team", "https://index.docker.io/v1/"],
  ])("is for the host of %s: %s", async (imagePrefix, server) =>
    expect(await serverOf(imagePrefix)).toMatchObject({ server, username: "robot" }));

  test("is none where no user is named", () => {
    expect(platformSampleArgs(settingsWith()).serving.imageCredentials).toBeUndefined();
  });
});
