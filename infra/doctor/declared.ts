import type { DeclaredRun } from "../../components/remote";
import { commandsOf, revealed } from "../ssh/declared";
import type { Endpoint } from "../toolchain/plugins/command/ssh/endpoint";
import { isMap, type PropertyMap } from "../toolchain/plugins/host/values";
import { type Properties, textAt } from "../toolchain/plugins/kubernetes/values";

/** A machine that scripts of the stack ran on. */
export interface DeclaredMachine {
  name: string;
  endpoint: Endpoint;
  /** What gave it the runtime. */
  runtime?: DeclaredRun;
  /** What made it a node. */
  node?: DeclaredRun;
}

/** An object of the cluster that the stack made, or patched. */
export interface DeclaredObject {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  /** As the program gave it. */
  body: Properties;
}

/** A stack as its state has it, which is what the last run declared. */
export interface DeclaredStack {
  stack: string;
  machines: DeclaredMachine[];
  objects: DeclaredObject[];
  /** Absent: the stack has no cluster. */
  kubeconfig?: string;
  /** Resource that made a certificate, by the certificate's PEM form. */
  makers: ReadonlyMap<string, string>;
  /** Objects that were left out because nobody would have answered for them, `Kind/name`. */
  withheld: string[];
}

interface Resource {
  urn: string;
  type: string;
  /** Replaced already, and only to be removed. */
  delete?: boolean;
  inputs?: PropertyMap;
  outputs?: PropertyMap;
}

/**
 * Reads what `pulumi stack export --show-secrets` prints.
 *
 * @throws Error when it is no export
 */
export function declaredStack(stack: string, exported: string): DeclaredStack {
  const { deployment } = JSON.parse(exported) as { deployment?: { resources?: Resource[] } };
  const resources = (deployment?.resources ?? [])
    .filter((one) => !one.delete)
    .map((resource) => ({
      ...resource,
      inputs: revealed(resource.inputs ?? {}) as PropertyMap,
      outputs: revealed(resource.outputs ?? {}) as PropertyMap,
    }));
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const outputs = (root?.outputs ?? {}) as Properties;
  return {
    stack,
    machines: machinesOf(resources),
    objects: resources.flatMap(objectOf),
    kubeconfig: textAt(outputs, "kubeconfig"),
    makers: makersOf(resources),
    withheld: withheldOf(outputs),
  };
}

/** A name that the runtime's command ends in. */
const TRANSACTION = /-runtime-transaction$/;

function machinesOf(resources: readonly Resource[]): DeclaredMachine[] {
  const machines = new Map<string, DeclaredMachine>();
  for (const { name, endpoint, run } of commandsOf(resources)) {
    // Of the commands on a machine only those that make it a node are told the node's name and the cluster.
    const node = run.inputs.cluster_id === undefined ? undefined : run.inputs.node_name;
    if (node === undefined && !TRANSACTION.test(name)) continue;
    const machine = node ?? name.replace(TRANSACTION, "");
    const known = machines.get(machine) ?? { name: machine, endpoint };
    machines.set(machine, { ...known, [node === undefined ? "runtime" : "node"]: run });
  }
  return [...machines.values()];
}

function objectOf({ type, inputs = {} }: Resource): DeclaredObject[] {
  const body = inputs as Properties;
  const [apiVersion, kind, name] = [textAt(body, "apiVersion"), textAt(body, "kind"), textAt(body, "metadata", "name")];
  if (!type.startsWith("kubernetes:") || apiVersion === undefined || kind === undefined || name === undefined)
    return [];
  return [{ apiVersion, kind, namespace: textAt(body, "metadata", "namespace"), name, body }];
}

const CERTIFICATES = "ofwasm:index:Certificates$command:local:Command";

function makersOf(resources: readonly Resource[]): Map<string, string> {
  const made = resources.filter(({ urn }) => urn.split("::")[2]?.endsWith(CERTIFICATES));
  return new Map(
    made.flatMap(({ urn, outputs }) => {
      const { certificates = {} } = JSON.parse(String(outputs?.stdout)) as {
        certificates?: Record<string, { certificate: string }>;
      };
      return Object.values(certificates).map(
        ({ certificate }) => [certificate.trim(), urn.split("::").at(-1) ?? ""] as const,
      );
    }),
  );
}

function withheldOf({ platform }: Properties): string[] {
  const withheld = isMap(platform) ? platform.withheld : undefined;
  return Array.isArray(withheld) ? withheld.map(String) : [];
}
