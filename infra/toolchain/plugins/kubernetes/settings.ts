import { activeCluster, type KubeconfigChoice } from "./kubeconfig";
import { OFFICIAL } from "./tokens";
import { equal, hasUnknown, isUnknown, type Properties, plain, plainObject, secret, type Value } from "./values";

/** A provider's configuration, read once. */
export interface Settings extends KubeconfigChoice {
  /** Namespace of objects that name none. Default: the context's, else `default`. */
  namespace?: string;
  /** Take over fields that others manage. Default false. */
  force: boolean;
  /** Changed data is written into the ConfigMap or Secret instead of making a new one. Default false. */
  mutable: { configMaps: boolean; secrets: boolean };
  /** Forget objects of a cluster that cannot be reached instead of failing. Default false. */
  deleteUnreachable: boolean;
  /** Take over existing objects without asking for this stack's marker. Default false. */
  upsert: boolean;
  suppressDeprecationWarnings: boolean;
}

/** The SDK sends booleans as JSON text. */
const flag = (value: Value | undefined): boolean => value === true || value === "true";
const text = (value: Value | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export function readSettings(args: Properties): Settings {
  const of = plainObject(args);
  return {
    kubeconfig:
      typeof of.kubeconfig === "object" && of.kubeconfig ? JSON.stringify(of.kubeconfig) : text(of.kubeconfig),
    context: text(of.context),
    cluster: text(of.cluster),
    namespace: text(of.namespace),
    force: flag(of.enablePatchForce),
    mutable: { configMaps: flag(of.enableConfigMapMutable), secrets: flag(of.enableSecretMutable) },
    deleteUnreachable: flag(of.deleteUnreachable),
    upsert: flag(of.upsertExistingObjects),
    suppressDeprecationWarnings: flag(of.suppressDeprecationWarnings),
  };
}

/** Settings of the official plugin that would change what this one does, and that it does not do. */
export function refusedSettings(args: Properties): { property: string; reason: string }[] {
  const of = plainObject(args);
  const refused: { property: string; reason: string }[] = [];
  if (of.enableServerSideApply === false || of.enableServerSideApply === "false")
    refused.push({
      property: "enableServerSideApply",
      reason: `this embedded plugin does not do client-side apply; ${OFFICIAL}`,
    });
  for (const property of ["renderYamlToDirectory", "skipUpdateUnreachable"])
    if (of[property] !== undefined && of[property] !== "" && of[property] !== "false" && of[property] !== false)
      refused.push({ property, reason: `this embedded plugin does not do this; ${OFFICIAL}` });
  return refused;
}

/** The configuration as it is stored: a kubeconfig holds keys. */
export function storedSettings(args: Properties): Properties {
  const { kubeconfig } = args;
  if (kubeconfig === undefined || kubeconfig === null || isUnknown(kubeconfig)) return args;
  return { ...args, kubeconfig: secret(kubeconfig) };
}

const CLUSTER_KEYS = ["kubeconfig", "context", "cluster"];

export interface SettingsDifference {
  changed: string[];
  /** What makes it another cluster: everything in the old one has to be made again in the new one. */
  replaces: string[];
}

/**
 * What a new configuration means for the objects made with the old one.
 *
 * With `clusterIdentifier` set and unchanged it is the same cluster, whatever else changed. Without it, a
 * kubeconfig that is not known yet or that names another cluster means another cluster.
 */
export function settingsDifference(olds: Properties, news: Properties): SettingsDifference {
  const before = plainObject(olds);
  const now = plainObject(news);
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => key !== "version");
  const changed = keys.filter((key) => !equal(before[key], now[key]) || hasUnknown(now[key] ?? null));
  if (changed.length === 0) return { changed, replaces: [] };
  const identified = text(now.clusterIdentifier);
  if (identified !== undefined && !isUnknown(identified)) {
    const old = text(before.clusterIdentifier);
    if (old === identified) return { changed, replaces: [] };
    if (old !== undefined) return { changed, replaces: ["clusterIdentifier"] };
  }
  const unknown = CLUSTER_KEYS.filter((key) => isUnknown(now[key]));
  if (unknown.length > 0) return { changed, replaces: unknown };
  const touched = CLUSTER_KEYS.filter((key) => changed.includes(key));
  if (touched.length === 0 || sameCluster(before, now)) return { changed, replaces: [] };
  return { changed, replaces: touched };
}

function sameCluster(before: Properties, now: Properties): boolean {
  try {
    const [old, next] = [before, now].map((args) => activeCluster(readSettings(args)));
    // A kubeconfig file of another machine cannot tell; the objects are better left alone.
    return old === undefined || next === undefined || equal(plain(old), plain(next));
  } catch {
    return true;
  }
}
