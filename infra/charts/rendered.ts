import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type KubernetesObject,
  leftToAutoscalers,
  objectsOf,
  placeIn,
  withoutKeyMaterial,
} from "../../components/manifests";
import { run } from "../process";
import { helmBinary, manifestsBinary } from "../toolchain/binaries";
import { type Artifact, artifactKey, ensure } from "../toolchain/store";
import { type ChartVersion, chartArchive } from "./archive";

/** Bumped when the way of rendering changes. */
const RECIPE = "2";

const MANIFESTS_FILE = "manifests.json";

/** In the place of files whose names differ from run to run. */
const SHOWN = { chart: "chart.tgz", values: "values.json" };

/** Everything that decides what a chart renders to. */
export interface ChartRelease extends ChartVersion {
  /** Folder of a chart inside this one, `charts/dapr`. Default: the chart itself. */
  folder?: string;
  /** Helm's release name. */
  release: string;
  namespace: string;
  values: Readonly<Record<string, unknown>>;
  /** Version of the cluster, `1.34.4`. */
  kubernetesVersion: string;
  /** `group/version/Kind` that the cluster has beyond Kubernetes' own. Default: none. */
  apiVersions?: readonly string[];
  /** Kinds outside any namespace that another chart defines. */
  clusterScoped?: readonly string[];
}

/**
 * The objects of a chart, rendered once for a version of it, of Helm and of the cluster: no cluster is asked, no hook
 * is among them. `readRendered` reads them.
 */
export function renderedChart(release: ChartRelease): Artifact {
  const archive = chartArchive(release);
  const helm = helmBinary();
  const reader = manifestsBinary();
  return {
    name: `rendered-${release.name}`,
    title: `objects of chart ${release.name} ${release.version} for Kubernetes ${release.kubernetesVersion}`,
    inputs: [
      RECIPE,
      ...[helm, reader, archive].map(artifactKey),
      JSON.stringify([release.folder ?? "", templateArguments(release, SHOWN.chart, SHOWN.values), release.values]),
    ],
    async produce(into, context) {
      const { signal } = context;
      const [program, read, chart] = await Promise.all([helm, reader, archive].map((one) => ensure(one, context)));
      const work = join(into, ".work");
      mkdirSync(work);
      writeFileSync(join(work, "values.json"), JSON.stringify(release.values));
      const rendered = await run(
        join(program!.path, "bin/helm"),
        templateArguments(release, await chartOf(release, chart!.path, work, signal), join(work, "values.json")),
        {
          // Nothing of the user's own Helm: no plugins, no repositories, no cluster.
          env: { ...withoutHelms(), HELM_CACHE_HOME: work, HELM_CONFIG_HOME: work, HELM_DATA_HOME: work },
          signal,
        },
      );
      const json = await run(join(read!.path, "bin/manifests"), [], { input: rendered.stdout, signal });
      writeFileSync(join(into, MANIFESTS_FILE), JSON.stringify(withoutKeyMaterial(parsed(release, json.stdout))));
      rmSync(work, { recursive: true });
      return { source: "rendered by Helm" };
    },
  };
}

/** The chart, taken out of the one that it lies in. */
async function chartOf(release: ChartRelease, archive: string, work: string, signal?: AbortSignal): Promise<string> {
  const file = join(archive, "chart.tgz");
  if (release.folder === undefined) return file;
  await run("tar", ["-xzf", file, "-C", work], { signal });
  return join(work, release.name, release.folder);
}

export function templateArguments(release: ChartRelease, chart: string, values: string): string[] {
  return [
    "template",
    release.release,
    chart,
    "--namespace",
    release.namespace,
    "--values",
    values,
    "--kube-version",
    release.kubernetesVersion,
    ...(release.apiVersions ?? []).flatMap((version) => ["--api-versions", version]),
    "--include-crds",
    "--no-hooks",
    "--skip-tests",
  ];
}

/** Takes the user's own settings of Helm, and their cluster, out of a command's environment. */
const withoutHelms = (): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.startsWith("HELM_") || name === "KUBECONFIG")
      .map((name) => [name, undefined]),
  );

/** What Helm wrote, object by object. */
const parsed = (release: ChartRelease, json: string): KubernetesObject[] =>
  objectsOf(JSON.parse(json) as unknown[], `chart ${release.name} ${release.version}`);

/**
 * The objects that `renderedChart` made, each in its namespace.
 *
 * @param folder of the cache
 */
export function readRendered(release: ChartRelease, folder: string): KubernetesObject[] {
  const objects = parsed(release, readFileSync(join(folder, MANIFESTS_FILE), "utf8"));
  return leftToAutoscalers(placeIn(release.namespace, objects, release.clusterScoped));
}
