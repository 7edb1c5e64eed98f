import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imagesOf } from "../../components/manifests";
import { mirrorMissing, upstreamMirror } from "../../tests/support/upstream";
import { silentProgress } from "../toolchain/progress";
import { artifactPath, ensure } from "../toolchain/store";
import { versions } from "../versions";
import { chartArchive } from "./archive";
import { buildCharts, readBuildCharts } from "./build";
import { templateArguments } from "./rendered";

const CHART = { name: "shipwright-build", version: versions.charts.shipwrightBuild };
const FILE = `shipwright-build-${CHART.version}.tgz`;

const mirror = upstreamMirror();
const withMirror = mirrorMissing() === "" ? describe : describe.skip;

// The first time Helm is built.
jest.setTimeout(900_000);

let folder: string;
const before = process.env.OFWASM_CACHE;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-charts-"));
});
afterEach(() => {
  if (before === undefined) delete process.env.OFWASM_CACHE;
  else process.env.OFWASM_CACHE = before;
  rmSync(folder, { recursive: true, force: true });
});

describe("a chart from a mirror", () => {
  beforeEach(() => {
    process.env.OFWASM_CACHE = join(folder, "cache");
    mkdirSync(join(folder, "charts"));
  });

  test("that has not got it: the file and the remedy are named", async () => {
    await expect(ensure(chartArchive(CHART, folder), silentProgress)).rejects.toThrow(
      new RegExp(`there is no .*${FILE}; put it into the mirror under charts/: https://.*${FILE}`),
    );
  });

  test("that has something else under its name: it is not used", async () => {
    writeFileSync(join(folder, "charts", FILE), "something else");
    const archive = chartArchive(CHART, folder);
    await expect(ensure(archive, silentProgress)).rejects.toThrow(/is not what was published: SHA-256 .* expected/);
    expect(existsSync(artifactPath(archive))).toBe(false);
  });
});

test("Helm is asked for no hook, no test and no cluster's own answers", () => {
  const release = {
    ...CHART,
    release: "r",
    namespace: "n",
    values: {},
    kubernetesVersion: "1.34.4",
    apiVersions: ["a/v1"],
  };
  expect(templateArguments(release, "chart.tgz", "values.json").join(" ")).toBe(
    "template r chart.tgz --namespace n --values values.json --kube-version 1.34.4 --api-versions a/v1 --include-crds --no-hooks --skip-tests",
  );
});

withMirror(`the published charts of the build layers ${mirrorMissing()}`, () => {
  test("one flipped byte is found", async () => {
    process.env.OFWASM_CACHE = join(folder, "cache");
    mkdirSync(join(folder, "charts"));
    const copy = join(folder, "charts", FILE);
    copyFileSync(join(mirror, "charts", FILE), copy);
    const bytes = readFileSync(copy);
    bytes[1000] = (bytes[1000] as number) ^ 1;
    writeFileSync(copy, bytes);
    await expect(ensure(chartArchive(CHART, folder), silentProgress)).rejects.toThrow("is not what was published");
  });

  test("render to objects whose images are all pinned and alive, twice to the same", async () => {
    const rendered = async (): Promise<ReturnType<typeof readBuildCharts>> => {
      const { tekton, shipwright } = buildCharts(versions.kubernetes.module, mirror);
      for (const one of [tekton, shipwright]) rmSync(artifactPath(one), { recursive: true, force: true });
      const path = async (one: typeof tekton): Promise<string> => (await ensure(one, silentProgress)).path;
      return readBuildCharts(versions.kubernetes.module, {
        tekton: await path(tekton),
        shipwright: await path(shipwright),
      });
    };
    const charts = await rendered();
    expect(await rendered()).toEqual(charts);
    expect([charts.tekton.length, charts.shipwright.length]).toEqual([45, 12]);
    const text = JSON.stringify(charts);
    const images = [...charts.tekton, ...charts.shipwright].flatMap(imagesOf);
    // Two controllers and a webhook, and what they are told to start.
    expect(images).toHaveLength(17);
    expect(images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
    expect(text).not.toMatch(/gcr\.io\/tekton-releases|k8s\.gcr\.io/);
    expect(text).not.toContain("BEGIN");
  });
});
