import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeObject, imagesOf, type KubernetesObject } from "../../components/manifests";
import { needsOf } from "../../components/manifests/needs";
import { isChartLayer, layers } from "../../components/platform";
import { mirrorMissing, upstreamMirror } from "../../tests/support/upstream";
import { imagePins, imageReference } from "../images";
import { silentProgress } from "../toolchain/progress";
import { artifactPath, ensure } from "../toolchain/store";
import { versions } from "../versions";
import { chartArchive } from "./archive";
import { type LayerObjects, layerCharts, readLayerCharts } from "./layers";
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
    await expect(ensure(chartArchive(CHART), { progress: silentProgress, mirror: folder })).rejects.toThrow(
      new RegExp(`there is no .*${FILE}; put it into the mirror under charts/: https://.*${FILE}`),
    );
  });

  test("that has something else under its name: it is not used", async () => {
    writeFileSync(join(folder, "charts", FILE), "something else");
    await expect(ensure(chartArchive(CHART), { progress: silentProgress, mirror: folder })).rejects.toThrow(
      /is not what was published: SHA-256 .* expected/,
    );
    expect(existsSync(artifactPath(chartArchive(CHART)))).toBe(false);
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

withMirror(`the published charts ${mirrorMissing()}`, () => {
  const places = { kubernetesVersion: versions.kubernetes.module };

  async function rendered(change: { imageRegistry?: string } = {}): Promise<LayerObjects> {
    const folders: Record<string, string> = {};
    for (const [layer, chart] of Object.entries(layerCharts(layers.filter(isChartLayer), places)))
      folders[layer] = (await ensure(chart, { progress: silentProgress, mirror })).path;
    return readLayerCharts(folders, { ...places, ...change });
  }

  const everything = (objects: LayerObjects): KubernetesObject[] => Object.values(objects).flat();

  test("one flipped byte is found", async () => {
    process.env.OFWASM_CACHE = join(folder, "cache");
    mkdirSync(join(folder, "charts"));
    const copy = join(folder, "charts", FILE);
    copyFileSync(join(mirror, "charts", FILE), copy);
    const bytes = readFileSync(copy);
    bytes[1000] = (bytes[1000] as number) ^ 1;
    writeFileSync(copy, bytes);
    await expect(ensure(chartArchive(CHART), { progress: silentProgress, mirror: folder })).rejects.toThrow(
      "is not what was published",
    );
  });

  test("render to the objects that are known, twice to the same", async () => {
    const charts = await rendered();
    for (const chart of Object.values(layerCharts(layers.filter(isChartLayer), places)))
      rmSync(artifactPath(chart), { recursive: true, force: true });
    expect(await rendered()).toEqual(charts);
    expect(golden(charts)).toMatchSnapshot();
  });

  test("have no image that is unknown, and none at a registry that is gone", async () => {
    const charts = await rendered();
    const known = new Set(imagePins.map((pin) => imageReference(pin)));
    const images = [...new Set(everything(charts).flatMap(imagesOf))];
    expect(images.filter((image) => !known.has(image))).toEqual([]);
    // 17 to build and 23 to serve, those among them that controllers are told to start.
    expect(images).toHaveLength(40);
    const unpinned = images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image));
    const reasons = imagePins.filter((pin) => "unpinned" in pin && pin.unpinned.length > 20);
    expect(reasons.map((pin) => imageReference(pin))).toEqual(expect.arrayContaining(unpinned));
    expect(JSON.stringify(charts)).not.toMatch(
      /gcr\.io\/(tekton-releases|kubebuilder)|k8s\.gcr\.io|bitnami\/|openfunction\/(keda|tektoncd|knative|shipwright|kube-rbac)/,
    );
  });

  test("take an image that a machine has, so that one without its registry starts them too", async () => {
    const text = JSON.stringify(await rendered());
    expect(text).toContain('"imagePullPolicy":"IfNotPresent"');
    expect(text).not.toContain('"imagePullPolicy":"Always"');
  });

  test("come from one registry when there is one", async () => {
    const images = everything(await rendered({ imageRegistry: "registry.example.org:5000/mirror" })).flatMap(imagesOf);
    expect(images.filter((image) => !image.startsWith("registry.example.org:5000/mirror/"))).toEqual([]);
    expect(images).toContainEqual(expect.stringContaining("/mirror/docker.io/openfunction/openfunction:v1.2.0"));
  });

  test("bring no certificate, no key and no address that is looked for on the internet", async () => {
    const text = JSON.stringify(await rendered());
    // Also in base64.
    expect(text).not.toMatch(/-----BEGIN|LS0tLS1CRUdJTi/);
    expect(text).not.toMatch(/"caBundle":/);
    expect(text).not.toContain("sslip.io");
  });
});

const hash = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);

/** What each object is called, what is in it, and what it comes after: hashes, because the text is not ours. */
const golden = (charts: LayerObjects): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(charts).map(([layer, objects]) => {
      const needs = needsOf(objects);
      const line = (object: KubernetesObject): string => {
        const after = [...needs.get(object)!].map(describeObject).sort();
        return `${describeObject(object)} ${hash(object)} after ${after.length} ${hash(after)}`;
      };
      return [layer, objects.map(line).sort()];
    }),
  );
