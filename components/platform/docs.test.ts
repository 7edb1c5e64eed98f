import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as ts from "typescript";
import { parse } from "yaml";
import { layerCharts } from "../../infra/charts/layers";
import { imagePins } from "../../infra/images";
import { platformMatrix, platformRules } from "../../infra/platform-compatibility";
import { keyDefinitions, keyNamespaces, neededKinds } from "../../infra/preflight/cluster/layer-needs";
import { versions } from "../../infra/versions";
import { settled } from "../../tests/support/graph";
import type { KubernetesObject } from "../manifests";
import { isChartLayer, type Layer, layerGroups, layers, Platform, unmetNeeds } from ".";

const CLONE = join(__dirname, "..", "..");
const FOLDER = join(__dirname, "docs");

const page = (layer: Layer): string => readFileSync(join(FOLDER, `${layer}.md`), "utf8");

/** Rows of the tables of a text, without heads. */
const rows = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("|--"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

/** Everything between single backquotes. */
const codes = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string);

function fact(layer: Layer, name: string): string {
  const found = rows(page(layer)).find(([first]) => first === name)?.[1];
  if (found === undefined) throw new Error(`${layer}.md has no fact "${name}"`);
  return found;
}

function section(layer: Layer, heading: string): string {
  const [, after] = page(layer).split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`${layer}.md has no section "${heading}"`);
  return after.split("\n## ")[0] as string;
}

interface Golden {
  kind: string;
  namespace?: string;
  name: string;
}

/** What the charts are known to have, by layer. */
const golden: Readonly<Record<string, Golden[]>> = (() => {
  const file = join(CLONE, "infra", "charts", "__snapshots__", "charts.test.ts.snap");
  const found: Record<string, Golden[]> = {};
  let layer = "";
  for (const line of readFileSync(file, "utf8").split("\n")) {
    layer = /^ {2}"(\w+)": \[$/.exec(line)?.[1] ?? layer;
    const [, kind, namespace, name] = /^ {4}"(\w+) (?:(\S+)\/)?(\S+) [0-9a-f]{12} after /.exec(line) ?? [];
    if (kind === undefined || name === undefined) continue;
    found[layer] = [...(found[layer] ?? []), { kind, name, ...(namespace === undefined ? {} : { namespace }) }];
  }
  return found;
})();

const inChart = (layer: Layer): Golden[] => golden[layer] ?? [];

/** An object of that name with as much in it as the components look into. */
const skeleton = ({ kind, namespace, name }: Golden): KubernetesObject => ({
  apiVersion: kind === "CustomResourceDefinition" ? "apiextensions.k8s.io/v1" : "v1",
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...(kind === "CustomResourceDefinition" ? { spec: { group: "g", names: { kind: name }, scope: "Cluster" } } : {}),
  ...(["Deployment", "DaemonSet", "StatefulSet"].includes(kind) ? { spec: { template: { spec: {} } } } : {}),
  ...(["PodDisruptionBudget", "APIService"].includes(kind) ? { spec: {} } : {}),
});

/** Kubernetes objects that each layer declares, and the workloads of all. */
async function declared(): Promise<{ objects: (layer: Layer) => string[]; workloads: readonly string[] }> {
  const pair = { certificate: "C", privateKey: "K" };
  const names = ["contourcert", "envoycert", "injector", "webhook", "issuer"];
  const stdout = JSON.stringify({
    authority: "A",
    certificates: Object.fromEntries(names.map((name) => [name, pair])),
  });
  const made: { type: string; name: string }[] = [];
  const newResource = ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
    made.push({ type, name });
    return { id: `${name}-id`, state: { ...inputs, stdout } };
  };
  pulumi.runtime.setMocks({ newResource, call: ({ inputs }) => inputs }, "project", "dev");
  const platform = new Platform("p", {
    layers,
    objects: Object.fromEntries(layers.filter(isChartLayer).map((layer) => [layer, inChart(layer).map(skeleton)])),
    serving: { domain: "fn.example.org", registriesSkippingTagResolving: [] },
  });
  await settled(platform.ready.map(({ urn }) => urn));
  await pulumi.runtime.disconnect();
  const all = made.filter(({ type }) => type.startsWith("kubernetes:"));
  return {
    objects: (layer) => all.flatMap(({ name }) => (new RegExp(`^p-${layer}(-objects)?:`).test(name) ? [name] : [])),
    workloads: platform.workloads,
  };
}

const WEBHOOKS = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].sort();

/** Versions of what no row of the matrix is about. */
const FURTHER: Partial<Record<Layer, string[]>> = { gatewayApi: ["0.8.0"], knative: ["1.3.2", "1.3.0"] };

it("has a page for each layer, and the index and the README link them all", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(layers.map((layer) => `${layer}.md`).sort());
  const links = (file: string, folder: string): string[] =>
    [...readFileSync(file, "utf8").matchAll(/\(([\w/]+)\/(\w+)\.md\)/g)].flatMap(([, of, name]) =>
      of === folder ? [name as string] : [],
    );
  expect(sorted(links(join(__dirname, "README.md"), "docs"))).toEqual(sorted(layers));
  expect(sorted(links(join(CLONE, "README.md"), "components/platform/docs"))).toEqual(sorted(layers));
});

it("the index says what each layer needs", () => {
  const index = rows(readFileSync(join(__dirname, "README.md"), "utf8"));
  for (const layer of layers) {
    const row = index.find(([first]) => first === `[\`${layer}\`](docs/${layer}.md)`);
    expect([layer, sorted(codes(row?.[2] ?? ""))]).toEqual([
      layer,
      sorted(unmetNeeds([layer], []).map(({ needs }) => needs)),
    ]);
  }
});

it("pages have the same sections", () => {
  const headings = (layer: Layer): string[] => page(layer).match(/^## .*$/gm) ?? [];
  expect(headings("tekton")).toHaveLength(9);
  for (const layer of layers) expect([layer, headings(layer)]).toEqual([layer, headings("tekton")]);
});

let made: Awaited<ReturnType<typeof declared>>;
beforeAll(async () => {
  made = await declared();
}, 60_000);

describe.each(layers)("the page of %s", (layer) => {
  it("names the layer in its title", () => {
    expect(page(layer)).toMatch(new RegExp(`^# .* \\(\`${layer}\`\\)\\n`));
  });

  it("states the versions that are installed", () => {
    const parts = platformMatrix.filter((row) => row.layer === layer).map(({ version }) => version);
    expect(sorted(fact(layer, "version").match(/\d+(\.\d+)+/g) ?? [])).toEqual(
      sorted([...parts, ...(FURTHER[layer] ?? [])]),
    );
    if (!isChartLayer(layer)) return expect(fact(layer, "chart")).toBe("none");
    const { title } = layerCharts([layer], { kubernetesVersion: versions.kubernetes.module })[layer]!;
    const [, name, version] = /chart (\S+) (\S+) for /.exec(title)!;
    expect(fact(layer, "chart")).toMatch(new RegExp(`^\`${name}\` ${version!.replaceAll(".", "\\.")}(,|$)`));
  });

  it("states the layers around it", () => {
    const groups = Object.entries(layerGroups).filter(([, members]) => (members as readonly Layer[]).includes(layer));
    expect(sorted(codes(fact(layer, "in")))).toEqual(sorted(groups.map(([name]) => name)));
    const needs = (one: Layer): Layer[] => unmetNeeds([one], []).map((unmet) => unmet.needs);
    expect(sorted(codes(fact(layer, "needs")))).toEqual(sorted(needs(layer)));
    expect(sorted(codes(fact(layer, "needed by")))).toEqual(
      sorted(layers.filter((other) => needs(other).includes(layer))),
    );
  });

  it("states the objects that are made", () => {
    const { objects, workloads } = made;
    const [total, chart] = fact(layer, "objects").match(/\d+/g)!.map(Number);
    expect([total, chart ?? 0]).toEqual([objects(layer).length, inChart(layer).length]);
    expect(Number(fact(layer, "definitions"))).toBe(
      inChart(layer).filter(({ kind }) => kind === "CustomResourceDefinition").length,
    );
    const own = inChart(layer).map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
    expect(sorted(codes(fact(layer, "workloads")))).toEqual(sorted(workloads.filter((one) => own.includes(one))));
    const namespaces = layer === "buildStrategy" ? ["builds"] : inChart(layer).flatMap((one) => one.namespace ?? []);
    expect(sorted(codes(fact(layer, "namespaces")))).toEqual(sorted(namespaces));
    expect(sorted(codes(fact(layer, "webhooks")))).toEqual(
      sorted(inChart(layer).flatMap(({ kind, name }) => (WEBHOOKS.includes(kind) ? [name] : []))),
    );
    const canBe = inChart(layer).flatMap(({ kind, name }) =>
      [...WEBHOOKS, "APIService"].includes(kind) ? [name] : [],
    );
    expect(canBe).toEqual(expect.arrayContaining(codes(fact(layer, "withheld"))));
  });

  it("states what preflight asks of a layer that exists", () => {
    const namespace = keyNamespaces[layer];
    const looked = layer === "buildStrategy" ? ["ClusterBuildStrategy wasmedge"] : keyDefinitions[layer];
    expect(sorted(codes(fact(layer, "looked for")))).toEqual(
      sorted([...looked, ...(namespace === undefined ? [] : [`Namespace ${namespace}`])]),
    );
    const kinds = Object.values(neededKinds).flatMap((of) => of[layer] ?? []);
    const served = codes(section(layer, "Existing")).filter((code) => /\/v\w+ [A-Z]/.test(code));
    expect(sorted(served)).toEqual(sorted(kinds));
  });

  it("states the holes that are known of its parts, and no others", () => {
    const parts = platformMatrix.filter((row) => row.layer === layer).map(({ part }) => part as string);
    const known = platformRules.filter(({ what }) => parts.includes(what));
    const numbers = (text: string): string[] => sorted(text.match(/CVE-\d+-\d+/g) ?? []);
    const text = section(layer, "Known holes");
    expect(numbers(page(layer))).toEqual(numbers(known.map(({ reason }) => reason).join()));
    for (const { nearestGood } of known) expect(text).toContain(`mended in ${nearestGood}`);
  });

  it("states of its parts what was run here, in the words of the matrix", () => {
    const text = section(layer, "Run here").replace(/\s+/g, " ");
    for (const { part, runHere } of platformMatrix.filter((row) => row.layer === layer))
      expect(text).toContain(`- ${part}: ${runHere}.`);
    expect(text).toMatch(/1\.34/);
  });
});

/** What looks like a setting: layers, fields of Kubernetes, names in the code. */
const NO_SETTINGS: readonly string[] = [...layers, "maxUnavailable", "seccompDefault", "buildPodSpec", "caBundle"];

it("settings that pages name are there, with the default that they state", () => {
  const { config } = parse(readFileSync(join(CLONE, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, { default: unknown }>;
  };
  const texts = [...layers.map(page), readFileSync(join(__dirname, "README.md"), "utf8")];
  const prose = texts.flatMap((text) => text.split("\n")).filter((line) => !line.startsWith("|"));
  const inCommands = prose.flatMap((line) => [...line.matchAll(/--set (\w+)=/g)].map(([, key]) => key as string));
  const inText = codes(prose.join("\n")).flatMap(
    (code) => /^(\w+): \S+$/.exec(code)?.[1] ?? /^[a-z]+[A-Z]\w*$/.exec(code) ?? [],
  );
  const stated = texts.flatMap(rows).filter((row) => row.length === 4 && /^`/.test(row[0] ?? ""));
  expect(stated.length).toBeGreaterThan(8);
  const keys = [...inCommands, ...inText, ...stated.flatMap(([setting]) => codes(setting as string))];
  expect(keys).toEqual(expect.arrayContaining(["platform", "platformAwait", "functionDomain", "privilegedBuilds"]));
  expect(sorted(keys.filter((key) => !(key in config) && !NO_SETTINGS.includes(key)))).toEqual([]);
  for (const [setting, shown] of stated) {
    if (/^see /.test(shown as string)) continue;
    for (const key of codes(setting as string))
      expect([key, codes(shown as string)[0] ?? ""]).toEqual([key, String(config[key]?.default)]);
  }
});

it("images that pages call not pinned are those without a digest, all of them", () => {
  const without = imagePins.filter((pin) => "unpinned" in pin).map(({ home }) => home);
  const named = layers
    .flatMap((layer) => codes(section(layer, "Images")))
    .filter((code) => /^[^ ]+\/[^ ]+:/.test(code));
  expect(sorted(named)).toEqual(sorted(without));
});

it("examples of pages are of the types that the library has", () => {
  const { config } = ts.readConfigFile(join(CLONE, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, CLONE);
  const examples = new Map(
    layers.map((layer) => {
      const found = /```ts\n([^`]*)```/.exec(page(layer));
      return [join(FOLDER, `${layer}.ts`), found?.[1]?.replace('"openfunction-wasm"', '"../.."') ?? ""] as const;
    }),
  );
  const host = ts.createCompilerHost({ ...options, incremental: false });
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => examples.has(file) || fileExists(file);
  host.readFile = (file) => examples.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const example = examples.get(file);
    return example === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, example, ...[rest[0]]);
  };
  const program = ts.createProgram(
    [...examples.keys()],
    { ...options, incremental: false, tsBuildInfoFile: undefined },
    host,
  );
  for (const file of examples.keys()) {
    const source = program.getSourceFile(file);
    expect(source?.text).toContain("new Platform(");
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  }
}, 120_000);
