import { Client } from "../../toolchain/plugins/kubernetes/client";
import { Discovery, objectPath } from "../../toolchain/plugins/kubernetes/discovery";
import { isForbidden, isGone, UnknownKindError } from "../../toolchain/plugins/kubernetes/errors";
import { access } from "../../toolchain/plugins/kubernetes/kubeconfig";
import { listAll } from "../../toolchain/plugins/kubernetes/listing";
import type { Properties } from "../../toolchain/plugins/kubernetes/values";
import type { DeclaredObject } from "../declared";

/** What a cluster says of itself. Lists that the user may not ask for are absent and named in `forbidden`. */
export interface ObservedCluster {
  /** Why it was not asked. */
  silent?: string;
  /** Each object that the stack declares, as it is now; `undefined`: there is none. */
  objects: { declared: DeclaredObject; live: Properties | undefined }[];
  nodes?: Properties[];
  apiServices?: Properties[];
  webhooks?: Properties[];
  /** What is behind services. */
  endpointSlices?: Properties[];
  pods?: Properties[];
  forbidden: string[];
}

/** For each question: this is a look, and a cluster that does not answer is a finding. */
const ANSWER_MS = 15_000;

/** Kinds that are asked for as a whole, whoever made the objects. */
const LISTS = {
  nodes: ["/api/v1/nodes"],
  apiServices: ["/apis/apiregistration.k8s.io/v1/apiservices"],
  webhooks: ["validating", "mutating"].map(
    (which) => `/apis/admissionregistration.k8s.io/v1/${which}webhookconfigurations`,
  ),
  endpointSlices: ["/apis/discovery.k8s.io/v1/endpointslices"],
  pods: ["/api/v1/pods"],
} as const satisfies Partial<Record<keyof ObservedCluster, readonly string[]>>;

/** Asks a cluster for what the stack declares in it, and for how it is. Changes nothing. */
export async function clusterFacts(kubeconfig: string, declared: readonly DeclaredObject[]): Promise<ObservedCluster> {
  const client = new Client(access({ kubeconfig }));
  const observed: ObservedCluster = { objects: [], forbidden: [] };
  try {
    const discovery = new Discovery(client);
    await client.call({ method: "GET", path: "/version", signal: AbortSignal.timeout(ANSWER_MS) });
    const objects = declared.map(async (one) => ({ declared: one, live: await liveObject(client, discovery, one) }));
    const lists = Object.entries(LISTS).map(async ([name, paths]) => {
      const items = await listOrForbidden(client, paths);
      if (items === undefined) observed.forbidden.push(name);
      return [name, items] as const;
    });
    return { ...observed, objects: await Promise.all(objects), ...Object.fromEntries(await Promise.all(lists)) };
  } catch (error) {
    return { ...observed, silent: (error as Error).message };
  } finally {
    client.close();
  }
}

async function liveObject(
  client: Client,
  discovery: Discovery,
  { apiVersion, kind, namespace, name }: DeclaredObject,
): Promise<Properties | undefined> {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  try {
    const mapping = await discovery.mapping({ group, version, kind }, AbortSignal.timeout(ANSWER_MS));
    const path = objectPath(mapping, namespace ?? "default", name);
    return await client.call({ method: "GET", path, signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (error) {
    if (isGone(error) || error instanceof UnknownKindError) return undefined;
    throw error;
  }
}

async function listOrForbidden(client: Client, paths: readonly string[]): Promise<Properties[] | undefined> {
  try {
    const signal = (): AbortSignal => AbortSignal.timeout(ANSWER_MS);
    return (await Promise.all(paths.map((path) => listAll(client, path, { signal })))).flat();
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
