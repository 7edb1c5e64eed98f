import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { admitSettings } from "../../../infra/admission";
import type { Artifacts } from "../../../infra/artifacts";
import { rawSettings } from "../../../infra/engine/stack-files";
import { nodeBinaries } from "../../../infra/node-binaries";
import { parseSettings, type Settings } from "../../../infra/settings";
import { hostArchitecture } from "../../../infra/toolchain/architecture";
import { versions } from "../../../infra/versions";
import type { Composition } from "../../../stacks/composition";
import type { TestEngine, TestPlugin } from "../engine";

const clone = resolve(__dirname, "../../..");

/** The embedded plugins, and the one that stands in for AWS's. */
export const previewPlugins: Readonly<Record<string, TestPlugin>> = {
  aws: { version: versions.pulumi.aws, entry: "tests/engine/aws/plugin.ts" },
  command: { version: versions.pulumi.command, entry: "infra/toolchain/plugins/command/main.ts" },
  kubernetes: { version: versions.pulumi.kubernetes, entry: "infra/toolchain/plugins/kubernetes/main.ts" },
};

/** One resource of a preview, as the engine was told of it. */
export interface Previewed {
  type: string;
  /** Name of the parent; absent for the stack's own children. */
  parent?: string;
  /** Names of what it waits for. */
  dependsOn?: string[];
}

/** By name, sorted: what a golden file has. */
export type PreviewedGraph = Record<string, Previewed>;

interface Plan {
  resourcePlans: Record<string, { goal?: { parent?: string; dependencies?: string[] } }>;
}

/** What the settings of `Pulumi.<stack>.yaml` in the clone say, with a change. */
export function stackSettings(stack: string, change: Readonly<Record<string, string>> = {}): Settings {
  return parseSettings({ ...rawSettings(clone, join(clone, `Pulumi.${stack}.yaml`)), ...change });
}

/**
 * Previews a stack of the clone with the real engine. Artifacts are files without their content: a preview only looks
 * at their names and hashes.
 */
export async function previewStack(
  engine: TestEngine,
  composition: Composition,
  stack: string,
  settings: Settings,
): Promise<PreviewedGraph> {
  admitSettings(composition, settings, stack);
  const artifacts = emptyArtifacts(engine.dir, settings);
  const plan = join(engine.dir, "plan.json");
  await engine.preview(async () => composition.declare({ stack, settings, artifacts }), { plan });
  return graphOf(JSON.parse(readFileSync(plan, "utf8")) as Plan);
}

function emptyArtifacts(folder: string, { kubernetesVersion }: Settings): Artifacts {
  for (const name of ["payload.tar.gz", "image.tar"]) writeFileSync(join(folder, name), name);
  const digest = "0".repeat(64);
  return {
    nodeBinaries: nodeBinaries(kubernetesVersion, hostArchitecture()),
    payload: {
      path: join(folder, "payload.tar.gz"),
      manifest: {
        generation: "g1",
        architecture: hostArchitecture(),
        sha256: digest,
        unpackedSize: 1,
        versions: { crun: versions.crun, wasmedge: versions.wasmedge, crictl: versions.crictl },
      },
    } as Artifacts["payload"],
    sample: {
      reference: "ofwasm.local/http-server:sample",
      digest: `sha256:${digest}`,
      archive: join(folder, "image.tar"),
    } as Artifacts["sample"],
  };
}

/** Without the checksum of what a file holds, which is no matter of the graph. */
const nameOf = (urn: string): string =>
  urn
    .split("::")
    .slice(3)
    .join("::")
    .replace(/-[0-9a-f]{16}$/, "");
const typeOf = (urn: string): string => urn.split("::")[2]!.split("$").at(-1)!;
const isStack = (urn: string): boolean => typeOf(urn) === "pulumi:pulumi:Stack";

function graphOf({ resourcePlans }: Plan): PreviewedGraph {
  const entries = Object.entries(resourcePlans)
    .filter(([urn]) => !isStack(urn))
    .map(([urn, { goal }]): [string, Previewed] => {
      const parent =
        goal?.parent !== undefined && goal.parent !== "" && !isStack(goal.parent) ? nameOf(goal.parent) : undefined;
      const dependsOn = [...new Set((goal?.dependencies ?? []).map(nameOf))].sort();
      return [
        nameOf(urn),
        { type: typeOf(urn), ...(parent ? { parent } : {}), ...(dependsOn.length > 0 ? { dependsOn } : {}) },
      ];
    });
  const twice = entries.find(([name], at) => entries.findIndex(([other]) => other === name) < at);
  if (twice) throw new Error(`two resources of the stack are called ${twice[0]}`);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes golden files anew instead of comparing, when a change of the graph is meant. */
const RENEW = process.env.OFWASM_RENEW_GOLDEN === "1";

/** One resource a line, so that a diff reads like one of the graph. */
const lines = (graph: PreviewedGraph): string =>
  `{\n${Object.entries(graph)
    .map(([name, one]) => `  ${JSON.stringify(name)}: ${JSON.stringify(one)}`)
    .join(",\n")}\n}\n`;

/** The graph that a golden file has; with `OFWASM_RENEW_GOLDEN=1` the file is made what the graph is. */
export function golden(file: string, graph: PreviewedGraph): PreviewedGraph {
  if (RENEW) writeFileSync(file, lines(graph));
  return JSON.parse(readFileSync(file, "utf8")) as PreviewedGraph;
}
