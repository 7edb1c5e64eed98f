import type { FunctionDapr, FunctionSpec } from "../../components/function";
import { type FunctionObject, withoutNulls } from "../../components/function/lint";
import { VARIANT_ANNOTATION } from "../../components/wasm-runtime/names";
import { secondVersion } from "./convert";
import { present, unlessEmpty } from "./fields";
import { buildOf } from "./import-build";
import { podOf } from "./import-pod";
import { isSame, Taken } from "./taken";

/** Arguments that a Function comes to. */
export interface Imported {
  /** Of the component. */
  name: string;
  args: Omit<FunctionSpec, "name">;
  /** What the arguments have no word for: path in the second version, and value. */
  left: [string, unknown][];
}

/** Annotations that tools write into every object. */
const BOOKKEEPING = ["kubectl.kubernetes.io/last-applied-configuration"];

/** What the API server writes into every object's metadata. */
const SERVER_FIELDS = ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"];

/** Annotations that the argument `dapr` stands for. */
const DAPR = {
  enable: "openfunction.io/enable-dapr",
  mode: "openfunction.io/dapr-service-mode",
  protocol: "dapr.io/app-protocol",
};

/**
 * The component's arguments that say what a Function says, first or second version.
 *
 * @throws when it is not WebAssembly: the component serves nothing else
 */
export function importFunction(object: FunctionObject): Imported {
  const all = Taken.of(secondVersion(withoutNulls(object)));
  for (const field of ["apiVersion", "kind", "status"]) all.take(field);
  const [metadata, spec] = [all.inside("metadata"), all.inside("spec")];
  const serving = spec.inside("serving");
  for (const field of SERVER_FIELDS) metadata.take(field);
  const own = metadata.inside("annotations");
  for (const name of BOOKKEEPING) own.take(name);
  const variant = own.text(VARIANT_ANNOTATION);
  const podAnnotations = serving.inside("annotations");
  const dapr = daprOf(serving, podAnnotations);
  const annotations = {
    ...(variant === undefined ? {} : { [VARIANT_ANNOTATION]: variant }),
    ...texts(podAnnotations, dapr === undefined ? [] : [DAPR.mode, DAPR.protocol]),
  };
  requireWasm(spec, annotations);
  const serves = spec.has("serving");
  const http = httpOf(serves ? serving.inside("triggers").inside("http") : spec);
  const args: Omit<FunctionSpec, "name"> = present({
    lane: "openfunction",
    namespace: metadata.text("namespace") ?? "default",
    image: spec.text("image") ?? "",
    imageCredentials: spec.inside("imageCredentials").text("name"),
    version: spec.text("version"),
    build: spec.has("build") ? buildOf(spec.inside("build")) : undefined,
    serve: serves ? undefined : false,
    http,
    scale: scaleOf(serving.inside("scaleOptions")),
    ...podOf(serving, http?.port as number | undefined),
    annotations: unlessEmpty(annotations),
    labels: unlessEmpty({ ...texts(metadata.inside("labels")), ...texts(serving.inside("labels")) }),
    dapr,
  });
  return { name: metadata.text("name") ?? "function", args, left: all.left() };
}

function requireWasm(spec: Taken, annotations: Record<string, string>): void {
  const runtime = spec.text("workloadRuntime");
  if (runtime?.toLowerCase() === "wasmedge" || annotations[VARIANT_ANNOTATION] !== undefined) return;
  throw new Error(
    `workloadRuntime is ${JSON.stringify(runtime ?? "OCIContainer")} and no annotation says ${VARIANT_ANNOTATION}: this is no WebAssembly function, and WasmFunction serves nothing else`,
  );
}

function httpOf(http: Taken): FunctionSpec["http"] {
  if (http.text("engine") === "keda") throw new Error("triggers.http.engine is keda: WasmFunction serves by Knative");
  const port = http.take<number>("port");
  const route = routeOf(http.inside("route"));
  return unlessEmpty(present({ port, route }));
}

function routeOf(route: Taken): NonNullable<FunctionSpec["http"]>["route"] {
  const path = onlyPath(route);
  const hostnames = route.take<string[]>("hostnames");
  const gateway = route.take<{ name: string; namespace: string }>("gatewayRef");
  if (hostnames === undefined && gateway === undefined) return path;
  return present({ path, hostnames, gateway });
}

interface Rule {
  matches?: { path?: { type?: string; value?: string } }[];
}

/** One rule with one path prefix is what the argument says; any other stays. */
function onlyPath(route: Taken): string | undefined {
  const rules = route.take<Rule[]>("rules");
  const [rule] = rules ?? [];
  const { type, value } = rule?.matches?.[0]?.path ?? {};
  const expected = [{ matches: [{ path: { ...(type === undefined ? {} : { type: "PathPrefix" }), value } }] }];
  if (rules === undefined || isSame(rules, expected)) return value;
  route.putBack("rules", rules);
  return undefined;
}

const scaleOf = (options: Taken): FunctionSpec["scale"] =>
  unlessEmpty(present({ min: options.take<number>("minReplicas"), max: options.take<number>("maxReplicas") }));

/**
 * A sidecar over HTTP is what the argument stands for: another mode or protocol is no use to a module and stays.
 * Without Dapr, or with one that is switched off, annotations and stores are as they were.
 */
function daprOf(serving: Taken, annotations: Taken): FunctionDapr | undefined {
  const asked = annotations.peek(DAPR.enable) ?? (serving.has("states") ? "true" : undefined);
  if (asked !== "true") return undefined;
  annotations.take(DAPR.enable);
  for (const [name, ours] of [
    [DAPR.mode, "sidecar"],
    [DAPR.protocol, "http"],
  ] as const)
    if (annotations.peek(name) === ours) annotations.take(name);
  const states = serving.take<Record<string, { spec: NonNullable<FunctionDapr["states"]>[string] }>>("states");
  return present({
    appId: annotations.text("dapr.io/app-id"),
    states: states && Object.fromEntries(Object.entries(states).map(([name, { spec }]) => [name, spec])),
  });
}

/** @param besides names of what stays */
function texts(from: Taken, besides: readonly string[] = []): Record<string, string> {
  const names = from.names().filter((name) => !besides.includes(name));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = from.text(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
