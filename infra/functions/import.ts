import type { FunctionDapr, FunctionSpec } from "../../components/function";
import type { FunctionObject } from "../../components/function/lint";
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
  const all = Taken.of(secondVersion(object));
  for (const field of ["apiVersion", "kind", "status"]) all.take(field);
  const [metadata, spec] = [all.inside("metadata"), all.inside("spec")];
  const serving = spec.inside("serving");
  for (const field of SERVER_FIELDS) metadata.take(field);
  const own = metadata.inside("annotations");
  for (const name of BOOKKEEPING) own.take(name);
  const variant = own.text(VARIANT_ANNOTATION);
  const annotations = {
    ...(variant === undefined ? {} : { [VARIANT_ANNOTATION]: variant }),
    ...texts(serving.inside("annotations")),
  };
  requireWasm(spec, annotations);
  const serves = spec.has("serving");
  const dapr = daprOf(serving, annotations);
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

/** A sidecar over HTTP is what the argument stands for; any other mode is no use to a module and is not kept. */
function daprOf(serving: Taken, annotations: Record<string, string>): FunctionDapr | undefined {
  const asked = annotations[DAPR.enable] === "true" || serving.has("states");
  for (const name of Object.values(DAPR)) delete annotations[name];
  if (!asked) return undefined;
  const states = serving.take<Record<string, { spec: NonNullable<FunctionDapr["states"]>[string] }>>("states");
  const appId = annotations["dapr.io/app-id"];
  delete annotations["dapr.io/app-id"];
  return present({
    appId,
    states: states && Object.fromEntries(Object.entries(states).map(([name, { spec }]) => [name, spec])),
  });
}

function texts(from: Taken): Record<string, string> {
  return Object.fromEntries(
    from.names().flatMap((name) => {
      const value = from.text(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
