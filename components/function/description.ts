import type * as pulumi from "@pulumi/pulumi";
import { DEFAULT_VARIANT, RUNTIME_CLASS, VARIANT_ANNOTATION } from "../wasm-runtime/names";
import { DEFAULTS, type FunctionDapr, type FunctionRoute, type FunctionService, type FunctionSpec } from "./args";
import { type BuildDescription, describeBuild } from "./build-description";
import { isLogin, mapped } from "./values";

/** Names of the objects that are made for a function beside what serves it. */
export interface CompanionNames {
  config?: pulumi.Input<string>;
  secrets?: pulumi.Input<string>;
  imageCredentials?: pulumi.Input<string>;
  /** Of the same login as the one before, where the build is in another namespace. */
  pushCredentials?: pulumi.Input<string>;
  gitCredentials?: pulumi.Input<string>;
}

/** What a function is once every default is filled in: all lanes are rendered from this. */
export interface FunctionDescription {
  spec: FunctionSpec;
  companions: CompanionNames;
  /** Of every object and pod. */
  labels: Record<string, pulumi.Input<string>>;
  /** Of the pods, the same in every lane. */
  annotations: Record<string, pulumi.Input<string>>;
  variant: pulumi.Input<string>;
  runtimeClassName: pulumi.Input<string>;
  workloadRuntime: "wasmedge";
  /** Name of the Secret to pull and push with. */
  pullSecret?: pulumi.Input<string>;
  port: pulumi.Input<number>;
  route: FunctionRoute | undefined;
  service: FunctionService;
  scale: ScaleDescription;
  build?: BuildDescription;
  dapr?: Omit<FunctionDapr, "appId"> & { appId: pulumi.Input<string>; appIdGiven: boolean };
  serves: boolean;
}

/** So many pods, or between two numbers of them. */
export type ScaleDescription =
  | { fixed: pulumi.Input<number> }
  | { min: number; max: number; concurrency?: number; cpuPercent: number };

/** The companions' names where nothing was made yet: what a reader of plain manifests would call them. */
export const defaultCompanions = (name: string): Required<CompanionNames> => ({
  config: `${name}-config`,
  secrets: `${name}-secrets`,
  imageCredentials: `${name}-registry`,
  pushCredentials: `${name}-push`,
  gitCredentials: `${name}-git`,
});

/** What the pods of a function are found by. */
export const selectorLabels = (name: string): Record<string, string> => ({ "app.kubernetes.io/name": name });

/** Fills in every default. Checks nothing: see `lintFunction`. */
export function describeFunction(spec: FunctionSpec, made: CompanionNames = {}): FunctionDescription {
  const companions = { ...defaultCompanions(spec.name), ...made };
  const pullSecret = isLogin(spec.imageCredentials) ? companions.imageCredentials : spec.imageCredentials;
  const pushSecret = isLogin(spec.imageCredentials) && isDirect(spec) ? companions.pushCredentials : pullSecret;
  const variant = spec.annotations?.[VARIANT_ANNOTATION] ?? DEFAULT_VARIANT;
  return {
    spec,
    companions,
    // Ours last: the pods are found by it.
    labels: { ...spec.labels, ...selectorLabels(spec.name) },
    annotations: { ...spec.annotations, [VARIANT_ANNOTATION]: variant },
    variant,
    runtimeClassName: spec.runtimeClassName ?? RUNTIME_CLASS,
    workloadRuntime: spec.workloadRuntime ?? DEFAULTS.workloadRuntime,
    pullSecret,
    port: spec.http?.port ?? DEFAULTS.port,
    route: routeOf(spec),
    service: spec.http?.service ?? {},
    scale: scaleOf(spec),
    ...(spec.build === undefined ? {} : { build: describeBuild(spec.build, pushSecret, companions.gitCredentials) }),
    ...(spec.dapr === undefined
      ? {}
      : {
          dapr: {
            ...spec.dapr,
            appId: appIdOf(spec, spec.dapr),
            appIdGiven: spec.dapr.appId !== undefined,
          },
        }),
    serves: spec.serve ?? true,
  };
}

export const isDirect = ({ lane = DEFAULTS.lane }: FunctionSpec): boolean => lane === "direct";

function routeOf({ http, lane }: FunctionSpec): FunctionRoute | undefined {
  const route = typeof http?.route === "string" ? { path: http.route } : http?.route;
  if (lane !== "openfunction") return route;
  // Its own default is written out: released webhooks get some of them wrong.
  return { ...route, gateway: route?.gateway ?? DEFAULTS.gateway };
}

function scaleOf({ lane = DEFAULTS.lane, replicas, scale }: FunctionSpec): ScaleDescription {
  if (replicas !== undefined) return { fixed: replicas };
  if (scale === undefined && lane === "direct") return { fixed: DEFAULTS.replicas };
  const { min, max, cpuPercent } = { ...DEFAULTS.scale, ...scale };
  return { min, max, cpuPercent, ...(scale?.concurrency === undefined ? {} : { concurrency: scale.concurrency }) };
}

const appIdOf = ({ name, namespace }: FunctionSpec, { appId }: FunctionDapr): pulumi.Input<string> =>
  appId ?? mapped(namespace, (space) => `${name}-${space}`);
