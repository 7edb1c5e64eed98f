import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wasmStrategy } from "./strategy";

interface Step {
  args: string[];
  command: string[];
  securityContext: object;
}

const stepOf = (options?: Parameters<typeof wasmStrategy>[0]): Step =>
  (wasmStrategy(options).spec as { buildSteps: [Step] }).buildSteps[0];

/** Records its arguments and the configuration it is given, and writes a digest. */
const BUILDAH = `#!/bin/bash
printf '%s\\n' "$@" "" >>"$RECORD/arguments"
while (($#)); do
  [[ $1 != --registries-conf ]] || cp "$2" "$RECORD/registries.conf"
  [[ $1 != --digestfile ]] || printf 'sha256:abc' >"$2"
  [[ $1 != "\${FAIL:-}" ]] || failing=1
  shift
done
[[ -z \${failing:-} ]] || { printf '%s\n' "$SAYS" >&2; exit 125; }
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-strategy-"));
  mkdirSync(join(folder, "source", "app"), { recursive: true });
  writeFileSync(join(folder, "source", "app", "Dockerfile"), "FROM scratch\n");
  writeFileSync(join(folder, "buildah"), BUILDAH, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(inFolder(name), "utf8");

/** Runs the step as Shipwright would: its placeholders replaced, each list by as many arguments as it has members. */
function build(step: Step, change: Record<string, string | string[]> = {}, env: Record<string, string> = {}) {
  const values: Record<string, string | string[]> = {
    "params.shp-source-context": join(folder, "source", "app"),
    "build.dockerfile": "Dockerfile",
    "params.shp-output-image": "registry.example/team/app:1",
    "results.shp-image-digest.path": inFolder("digest"),
    "results.shp-error-reason.path": inFolder("reason"),
    "results.shp-error-message.path": inFolder("message"),
    "params.build-args[*]": ["MODE=fast", "TITLE=two words"],
    "params.registries-search[*]": ["docker.io", "quay.io"],
    "params.registries-insecure[*]": [],
    "params.registries-block[*]": [],
    ...change,
  };
  const args = step.args.flatMap((arg) => {
    const placeholder = /^\$\((.*)\)$/.exec(arg)?.[1];
    return placeholder === undefined ? [arg] : (values[placeholder] ?? [`missing ${placeholder}`]);
  });
  const [command = ""] = step.command;
  return spawnSync(command, args, {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, RECORD: folder, TMPDIR: folder, ...env },
    encoding: "utf8",
  });
}

describe("the step of the strategy wasmedge", () => {
  test("builds the Dockerfile and pushes the image, with its annotation and digest", () => {
    expect(build(stepOf())).toMatchObject({ status: 0, stderr: "" });
    const [bud = "", push = ""] = read("arguments").split("\n\n");
    const configuration = /--registries-conf\n(.*)/.exec(bud)?.[1];
    expect(bud.split("\n")).toEqual([
      ...["--storage-driver", "vfs", "bud", "--isolation", "chroot"],
      ...["--build-arg", "MODE=fast", "--build-arg", "TITLE=two words"],
      ...["--annotation", "module.wasm.image/variant=compat-smart", "--registries-conf", configuration],
      ...["--tag", "registry.example/team/app:1", "--file", "Dockerfile", "."],
    ]);
    expect(push.split("\n")).toEqual([
      ...["--storage-driver", "vfs", "push", "--registries-conf", configuration, "--tls-verify=true"],
      ...["--digestfile", inFolder("digest"), "registry.example/team/app:1", "docker://registry.example/team/app:1"],
    ]);
    expect(read("digest")).toBe("sha256:abc");
    expect(read("registries.conf")).toBe('unqualified-search-registries = ["docker.io", "quay.io"]\n');
  });

  test("knows insecure and blocked registries, and only these", () => {
    const lists = {
      "params.registries-insecure[*]": ["registry.example"],
      "params.registries-block[*]": ["evil.example"],
    };
    expect(build(stepOf(), { ...lists, "params.registries-search[*]": [""] }).status).toBe(0);
    expect(read("arguments")).toContain("--tls-verify=false");
    expect(read("registries.conf")).toBe(
      [
        "unqualified-search-registries = []",
        '[[registry]]\nlocation = "evil.example"\nblocked = true',
        '[[registry]]\nlocation = "registry.example"\ninsecure = true\n',
      ].join("\n"),
    );
    rmSync(inFolder("arguments"));
    expect(build(stepOf(), { "params.registries-insecure[*]": ["registry.exam"] }).status).toBe(0);
    expect(read("arguments")).toContain("--tls-verify=true");
  });

  test("gives a registry that is in two lists one table", () => {
    const both = { "params.registries-insecure[*]": ["r.example"], "params.registries-block[*]": ["r.example"] };
    expect(build(stepOf(), both).status).toBe(0);
    expect(read("registries.conf").split("\n").slice(1)).toEqual([
      ...["[[registry]]", 'location = "r.example"', "insecure = true", "blocked = true", ""],
    ]);
  });

  test.each([
    ["a flag among build arguments", "build-args", ["A=1", "--image", "evil.example/x"], "--image"],
    ["an unknown flag among them", "build-args", ["--zzz"], "is not NAME=VALUE"],
    ["no registry's name", "registries-search", ['x"]\ny="'], "is not the name of a registry"],
  ])("refuses %s, and builds nothing", (_, list, values, message) => {
    expect(build(stepOf(), { [`params.${list}[*]`]: values }).status).toBe(1);
    expect(read("reason")).toBe("BadArguments");
    expect(read("message")).toContain(message);
    expect(existsSync(inFolder("arguments"))).toBe(false);
  });

  test.each([
    ["folder", { "params.shp-source-context": "/nowhere" }, "ContextDirNotFound", "contextDir"],
    ["Dockerfile", { "build.dockerfile": "Dockerfil" }, "DockerfileNotFound", "has no file Dockerfil"],
  ])("says in Shipwright's results that the %s is not there", (_, change, reason, message) => {
    expect(build(stepOf(), change).status).toBe(1);
    expect(read("reason")).toBe(reason);
    expect(read("message")).toContain(message);
  });

  test.each([
    ["building", "bud", "ImageBuildFailed"],
    ["pushing", "push", "ImagePushFailed"],
  ])("says why %s failed, and nothing else is done", (_, command, reason) => {
    const says = "a warning\nError: no such stage\nsome more";
    const { status, stderr } = build(stepOf(), {}, { FAIL: command, SAYS: says });
    expect([status, stderr]).toEqual([1, `${says}\n`]);
    expect([read("reason"), read("message")]).toEqual([reason, "Error: no such stage"]);
    expect(read("arguments").includes("push")).toBe(command === "push");
  });

  test("says the last line where none is an error, and no more than fits", () => {
    expect(build(stepOf(), {}, { FAIL: "bud", SAYS: `first\n${"x".repeat(5000)}` }).status).toBe(1);
    expect(read("message")).toBe("x".repeat(1000));
  });

  test("is privileged only when that is asked for, and then with buildah's own defaults", () => {
    expect(stepOf().securityContext).toEqual({
      runAsUser: 0,
      capabilities: { drop: ["ALL"], add: ["SETFCAP", "SETGID", "SETUID"] },
    });
    const privileged = stepOf({ privileged: true });
    expect(privileged.securityContext).toEqual({ privileged: true });
    expect(build(privileged).status).toBe(0);
    expect(read("arguments")).not.toMatch(/storage-driver|isolation/);
  });
});
