import { namespaced, parseToken } from "./tokens";

describe("type tokens", () => {
  test.each([
    ["kubernetes:core/v1:ConfigMap", {}, { group: "", version: "v1", kind: "ConfigMap", patch: false }],
    ["kubernetes:apps/v1:Deployment", {}, { group: "apps", version: "v1", kind: "Deployment", patch: false }],
    ["kubernetes:core/v1:NodePatch", { kind: "Node" }, { group: "", version: "v1", kind: "Node", patch: true }],
    ["kubernetes:core/v1:NodePatch", {}, { group: "", version: "v1", kind: "Node", patch: true }],
    [
      "kubernetes:example.com/v1:ThingPatch",
      { kind: "Thing" },
      { group: "example.com", version: "v1", kind: "Thing", patch: true },
    ],
    [
      "kubernetes:example.com/v1:ThingPatch",
      { kind: "ThingPatch" },
      { group: "example.com", version: "v1", kind: "ThingPatch", patch: false },
    ],
    [
      "kubernetes:example.com/v1:AllowList",
      { kind: "AllowList" },
      { group: "example.com", version: "v1", kind: "AllowList", patch: false },
    ],
  ])("%s with %j", (token, inputs, expected) => {
    expect(parseToken(token, inputs)).toEqual(expected);
  });

  test.each([
    "kubernetes:helm.sh/v3:Release",
    "kubernetes:helm.sh/v4:Chart",
    "kubernetes:yaml:ConfigFile",
    "kubernetes:yaml/v2:ConfigGroup",
    "kubernetes:kustomize/v2:Directory",
  ])("%s is refused and names what does it", (token) => {
    expect(() => parseToken(token)).toThrow(/pulumi-resource-kubernetes/);
  });

  test("lists and foreign tokens are refused", () => {
    expect(() => parseToken("kubernetes:core/v1:PodList")).toThrow(/one by one/);
    expect(() => parseToken("aws:ec2/instance:Instance")).toThrow(/not a type of the kubernetes package/);
  });

  test("scope is known for built-in kinds only", () => {
    expect(namespaced({ group: "node.k8s.io", kind: "RuntimeClass" })).toBe(false);
    expect(namespaced({ group: "", kind: "ConfigMap" })).toBe(true);
    expect(namespaced({ group: "example.com", kind: "Thing" })).toBeUndefined();
  });
});
