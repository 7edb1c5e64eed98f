import fc from "fast-check";
import { layers } from "../components/platform";
import { type Combination, checkCombination, describeFinding } from "./compatibility";
import { imagePins } from "./images";
import { platformCombination, platformMatrix } from "./platform-compatibility";
import { versions } from "./versions";

const refused = (combination: Combination): string[] =>
  checkCombination(combination)
    .filter(({ severity }) => severity === "refuse")
    .map(({ what }) => what);
const warned = (combination: Combination): string[] =>
  checkCombination(combination)
    .filter(({ severity }) => severity === "warn")
    .map(({ what }) => what);

test("the default versions are refused on neither cgroup version", () => {
  for (const cgroup of [1, 2] as const) {
    const { crun, wasmedge, containerd, etcd } = versions;
    const combination = { crun, wasmedge, containerd, etcd, kubernetes: versions.kubernetes.module, cgroup };
    expect(refused(combination)).toEqual([]);
    expect(refused({ ...combination, kubernetes: versions.kubernetes.download })).toEqual([]);
  }
});

test("the default crun has known holes, and the warning says what leaving it takes", () => {
  const [finding] = checkCombination({ crun: versions.crun, wasmedge: versions.wasmedge });
  expect(finding).toMatchObject({ severity: "warn", what: "crun", value: "1.21", nearestGood: "1.29.1" });
  expect(finding!.reason).toMatch(/CVE-2026-30892.*CVE-2026-47766.*json-c >= 0\.14/);
});

test("flannel's published image has known holes, until the release that mends them", () => {
  expect(warned({ flannel: versions.flannel.version })).toEqual(["flannel"]);
  expect(warned({ flannel: "0.28.9" })).toEqual([]);
});

test.each<[Combination, string[]]>([
  [{ crun: "1.8.5" }, ["crun"]],
  [{ crun: "1.8.6" }, []],
  [{ crun: "1.18", cgroup: 1 }, ["crun"]],
  [{ crun: "1.18.1", cgroup: 1 }, ["crun"]],
  [{ crun: "1.18.1", cgroup: 2 }, []],
  [{ crun: "1.18.2", cgroup: 1 }, []],
  [{ crun: "1.30" }, ["crun"]],
  [{ wasmedge: "0.10.1" }, ["wasmedge"]],
  [{ wasmedge: "0.11.0" }, []],
  [{ wasmedge: "0.18.0" }, ["wasmedge"]],
  [{ wasmedge: "0.14.1", glibc: "2.16" }, ["glibc"]],
  [{ wasmedge: "0.14.1", glibc: "2.17" }, []],
  [{ wasmedge: "0.16.1", glibc: "2.26" }, ["glibc"]],
  [{ wasmedge: "0.16.1", glibc: "2.28" }, []],
  [{ containerd: "1.5.18" }, ["containerd"]],
  [{ containerd: "1.7.24" }, []],
  [{ containerd: "2.3.4" }, []],
  [{ containerd: "2.4.0" }, ["containerd"]],
  [{ kubernetes: "1.35.0", cgroup: 1 }, ["kubernetes"]],
  [{ kubernetes: "1.35.0", cgroup: 2 }, ["kubernetes"]],
  [{ kubernetes: "1.34.11", cgroup: 1 }, []],
  [{ kubernetes: "1.23.17" }, ["kubernetes"]],
  [{ etcd: "3.5.33", kubernetes: "1.34.4" }, ["etcd"]],
  [{ etcd: "3.5.33", kubernetes: "1.33.11" }, []],
  [{ openfunction: "1.1.1" }, ["openfunction"]],
  [{ openfunction: "1.2.0", gatewayApi: "1.0.0" }, ["gatewayApi"]],
  [{ openfunction: "1.2.0", gatewayApi: "0.8.0" }, []],
  [{ gatewayApi: "1.0.0" }, []],
  [{}, []],
])("%j refuses %j", (combination, expected) => {
  expect(refused(combination)).toEqual(expected);
});

test.each<[Combination, string[]]>([
  [{ crun: "1.27.1" }, ["crun"]],
  [{ crun: "1.28" }, []],
  [{ crun: "1.29" }, ["crun"]],
  [{ crun: "1.29.1", wasmedge: "0.17.1" }, ["wasmedge"]],
  [{ containerd: "2.1.9" }, ["containerd"]],
  [{ openfunction: "1.2.0", kubernetes: "1.34.4" }, ["kubernetes"]],
  [{ openfunction: "1.2.0", kubernetes: "1.26.15" }, []],
])("%j warns of %j", (combination, expected) => {
  expect(warned(combination)).toEqual(expected);
});

test("refusals come first, and every line names value, reason and what would do", () => {
  const findings = checkCombination({ crun: "1.18.1", cgroup: 1, kubernetes: "1.35.0" });
  expect(findings.map(({ severity }) => severity)).toEqual(["refuse", "refuse", "warn"]);
  expect(describeFinding(findings[0]!)).toMatch(/^crun 1\.18\.1: .+\. Nearest good: 1\.21$/);
});

test("whatever is asked, an answer comes and the nearest good single value is not refused itself", () => {
  const number = fc.integer({ min: 0, max: 60 });
  const version = fc.tuple(fc.integer({ min: 0, max: 3 }), number, number).map((parts) => parts.join("."));
  fc.assert(
    fc.property(
      fc.record(
        { kubernetes: version, containerd: version, crun: version, wasmedge: version, openfunction: version },
        { requiredKeys: [] },
      ),
      (combination) => {
        for (const { what, nearestGood, severity } of checkCombination(combination))
          if (severity === "refuse") expect(refused({ [what]: nearestGood })).toEqual([]);
      },
    ),
  );
});

test("each layer with a program has a row in the matrix, at the version that its chart brings", () => {
  const rows = new Map(platformMatrix.map((row) => [row.part, row]));
  expect([...rows.values()].map(({ layer }) => layer)).toEqual(
    expect.arrayContaining(layers.filter((layer) => layer !== "gatewayApi")),
  );
  expect(rows.get("tekton")?.version).toBe(versions.charts.tektonPipelines);
  expect(rows.get("shipwright")?.version).toBe(versions.charts.shipwrightBuild);
  expect(rows.get("knative")?.version).toBe(versions.charts.knativeServing);
  const homes = imagePins.map(({ home }) => home);
  for (const [image, part] of [
    ["projectcontour/contour:v", "contour"],
    ["envoyproxy/envoy:v", "envoy"],
    ["daprio/operator:", "dapr"],
    ["kedacore/keda:", "keda"],
    ["openfunction/openfunction:v", "openfunction"],
    ["containers/buildah:v", "buildah"],
  ] as const)
    expect(homes.filter((home) => home.endsWith(`${image}${rows.get(part)?.version}`))).toHaveLength(1);
});

test("what a stack makes of the platform is judged, and nothing else of it", () => {
  expect(warned(platformCombination(["tekton", "shipwright", "buildStrategy"]))).toEqual(["buildah"]);
  expect(refused({ kubernetes: versions.kubernetes.module, ...platformCombination(layers) })).toEqual([]);
  expect(warned(platformCombination([]))).toEqual([]);
  expect(warned({ knative: "1.11.3", dapr: "1.16.12" })).toEqual([]);
});
