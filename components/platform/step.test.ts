import type { KubernetesObject } from "../manifests";
import { type StepValues, stepContainers } from "./step";
import { wasmStrategy } from "./strategy";

const strategy = (args: string[], parameters: object[] = [], rest: object = {}): KubernetesObject => ({
  apiVersion: "shipwright.io/v1alpha1",
  kind: "ClusterBuildStrategy",
  metadata: { name: "s" },
  spec: { parameters, buildSteps: [{ name: "one", image: "tool:1", args, ...rest }] },
});

const argsOf = (args: string[], parameters: object[] = [], values: Partial<StepValues> = {}): string[] =>
  stepContainers(strategy(args, parameters), { image: "r.example/app:1", ...values })[0]!.args;

const list = { name: "list", type: "array", defaults: ["a", "b"] };
const single = { name: "single", default: "x" };

describe("steps of a strategy as containers", () => {
  test("placeholders get the values that Shipwright and Tekton give them", () => {
    const args = [
      "$(params.shp-source-root)",
      "$(params.shp-source-context)",
      "$(params.shp-output-image) $(build.output.image)",
      "$(build.dockerfile)",
      "$(results.shp-image-digest.path)",
      "-$(params.single)-$(inputs.params.single)-$(params['single'])-",
    ];
    expect(argsOf(args, [single], { contextDir: "./apps/echo/", dockerfile: "build/Dockerfile" })).toEqual([
      "/workspace/source",
      "/workspace/source/apps/echo",
      "r.example/app:1 r.example/app:1",
      "build/Dockerfile",
      "/tekton/results/shp-image-digest",
      "-x-x-x-",
    ]);
    expect(argsOf(["$(params.shp-source-context)", "$(build.dockerfile)", "$(build.source.contextDir)"])).toEqual([
      "/workspace/source",
      "Dockerfile",
      ".",
    ]);
  });

  test("a list becomes as many arguments as it has members, none included", () => {
    const args = ["--list", "$(params.list[*])", "end"];
    expect(argsOf(args, [list])).toEqual(["--list", "a", "b", "end"]);
    expect(argsOf(args, [list], { parameters: { list: ["two words", "$(params.single)"] } })).toEqual([
      ...["--list", "two words", "$(params.single)", "end"],
    ]);
    expect(argsOf(args, [list], { parameters: { list: [] } })).toEqual(["--list", "end"]);
  });

  test("what is no placeholder stays: a shell's substitutions, names of variables", () => {
    const script = 'x=$(mktemp -d); echo "$(params)" $(HOME) $((1 + 2)) $$';
    expect(argsOf([script])).toEqual([script]);
  });

  test.each<[string, string[], object[], Partial<StepValues>, RegExp]>([
    ["another strategy's parameter", [], [list], { parameters: { lits: [] } }, /has no parameter lits; it has list/],
    ["one value for a list", [], [list], { parameters: { list: "a" } }, /parameter list .* takes a list, not "a"/],
    ["a list for one value", [], [single], { parameters: { single: ["a"] } }, /takes one value, not \["a"\]/],
    ["no value", [], [{ name: "needed" }], {}, /parameter needed of strategy s has no value/],
    ["a list inside of an argument", ["a$(params.list[*])"], [list], {}, /must be an argument of its own/],
    ["a placeholder for nothing", ["$(params.nothing)"], [], {}, /\$\(params\.nothing\) stands for nothing/],
    ["a builder that there is not", ["$(build.builder.image)"], [], {}, /stands for nothing/],
    ["a folder above the source", [], [], { contextDir: "a/../../b" }, /leaves the source/],
  ])("refuses %s", (_, args, parameters, values, message) => {
    expect(() => argsOf(args, parameters, values)).toThrow(message);
  });

  test("the rest of the step is as the strategy has it", () => {
    const rest = { workingDir: "$(params.shp-source-root)", command: ["/bin/sh"], resources: { limits: { cpu: "1" } } };
    const [container] = stepContainers(strategy([], [], rest), { image: "r.example/app:1" });
    expect(container).toEqual({
      name: "one",
      image: "tool:1",
      command: ["/bin/sh"],
      args: [],
      workingDir: "/workspace/source",
      env: [],
      volumeMounts: [],
      securityContext: {},
      resources: { limits: { cpu: "1" } },
    });
  });

  test("nothing in the strategy wasmedge is left for the kubelet to replace", () => {
    const [step] = stepContainers(wasmStrategy(), { image: "r.example/app:1" });
    const [, script = "", ...rest] = step!.args;
    // The kubelet replaces $(NAME) where NAME is a variable, and makes one dollar sign of two.
    expect(script).not.toMatch(/\$\$|\$\([A-Za-z_][A-Za-z0-9_]*\)/);
    expect(rest.join(" ")).not.toContain("$");
    expect(rest.slice(-6)).toEqual([
      ...["--build-args", "--registries-search", "docker.io", "quay.io", "--registries-insecure", "--registries-block"],
    ]);
    expect(step).toMatchObject({ workingDir: "/workspace/source", command: ["/bin/bash"] });
  });
});
