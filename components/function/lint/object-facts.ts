import { VARIANT_ANNOTATION } from "../../wasm-runtime/names";
import type { FunctionApiVersion } from "../args";
import { asList, asObject, containerFacts, volumeFacts } from "./container-facts";
import {
  at,
  type BuildFacts,
  type Fact,
  type FunctionFacts,
  fieldsOf,
  HANDLER_ANNOTATION,
  type ParameterFact,
  type ServingFacts,
} from "./facts";
import { withoutNulls } from "./nulls";

type Loose = Record<string, unknown>;

/** What a Function of OpenFunction says, as its YAML was parsed. */
export function objectFacts(object: object, version: FunctionApiVersion): FunctionFacts {
  const { metadata, spec: given } = withoutNulls(object) as Loose;
  const spec = asObject(given);
  const serving = spec.serving === undefined ? undefined : asObject(spec.serving);
  const variants = [
    ...annotation("spec.serving.annotations", serving?.annotations, VARIANT_ANNOTATION),
    ...annotation("metadata.annotations", asObject(metadata).annotations, VARIANT_ANNOTATION),
  ];
  const dapr = serving === undefined ? undefined : daprFacts(serving);
  return {
    source: version,
    lane: "openfunction",
    knative: servedByKnative(serving ?? {}),
    isWasm: variants.length > 0 || `${spec.workloadRuntime}`.toLowerCase() === "wasmedge",
    ...present("workloadRuntime", "spec.workloadRuntime", spec.workloadRuntime),
    variants,
    handlers: annotation("spec.serving.annotations", serving?.annotations, HANDLER_ANNOTATION),
    ...present("image", "spec.image", spec.image),
    hasPushCredentials: asObject(spec.imageCredentials).name !== undefined,
    ...(spec.build === undefined ? {} : { build: buildFacts(asObject(spec.build), version) }),
    ...(serving === undefined ? {} : { serving: servingFacts(serving) }),
    ...(dapr === undefined ? {} : { dapr }),
    misconverted: version === "v1beta1" ? misconverted(asObject(spec.build), serving ?? {}) : [],
  };
}

/** Unless there are events only (v1beta1: `async`), or the engine is another: the webhook adds an HTTP trigger else. */
function servedByKnative({ runtime, triggers }: Loose): boolean {
  const { http, dapr } = asObject(triggers);
  if (runtime === "async" || asObject(http).engine === "keda") return false;
  return http !== undefined || asList(dapr).length === 0;
}

const present = <K extends string>(name: K, path: string, value: unknown): { [key in K]?: Fact } =>
  value === undefined ? {} : ({ [name]: { path, value } } as { [key in K]?: Fact });

function annotation(path: string, annotations: unknown, name: string): Fact[] {
  const value = asObject(annotations)[name];
  return value === undefined ? [] : [{ path: at(path, name), value }];
}

function buildFacts(build: Loose, version: FunctionApiVersion): BuildFacts {
  const shipwright = asObject(build.shipwright);
  return {
    path: "spec.build",
    ...present("dockerfile", "spec.build.dockerfile", build.dockerfile),
    ...present("builder", "spec.build.builder", build.builder),
    ...present("strategy", "spec.build.shipwright.strategy.name", asObject(shipwright.strategy).name),
    parameters: version === "v1beta1" ? firstParameters(build) : secondParameters(shipwright),
  };
}

const firstParameters = ({ params }: Loose): ParameterFact[] =>
  Object.entries(asObject(params)).map(([name, value]) => ({
    path: at("spec.build.params", name),
    name,
    value: value as string,
  }));

const secondParameters = ({ params }: Loose): ParameterFact[] =>
  asList(params).map((one, index) => {
    const { name, values, value } = asObject(one);
    const path = `spec.build.shipwright.params[${index}]`;
    return { path, name: `${name}`, value: Array.isArray(values) ? values : `${value}` };
  });

function servingFacts(serving: Loose): ServingFacts {
  const path = "spec.serving.template";
  const template = serving.template === undefined ? undefined : asObject(serving.template);
  const containers = asList(template?.containers);
  return {
    path: "spec.serving",
    ...(template === undefined ? {} : { template: { path, value: template } }),
    containers: containers.map((one, index) => containerFacts(`${path}.containers[${index}]`, one)),
    podFields: fieldsOf(path, template ?? {}),
    volumeSources: volumeFacts(`${path}.volumes`, template?.volumes),
  };
}

/** Parts of a Function that make OpenFunction bring Dapr. */
const WITH_DAPR = ["states", "pubsub", "bindings", "outputs", "inputs"];

function daprFacts(serving: Loose): FunctionFacts["dapr"] {
  const path = "spec.serving";
  const [asked] = annotation(`${path}.annotations`, serving.annotations, "openfunction.io/enable-dapr");
  const [part] = WITH_DAPR.filter((name) => serving[name] !== undefined);
  const triggers = asObject(serving.triggers).dapr;
  if (asked !== undefined && `${asked.value}` !== "true") return undefined;
  const used = [
    ...(asked === undefined ? [] : [asked]),
    ...(part === undefined ? [] : [{ path: `${path}.${part}`, value: serving[part] }]),
    ...(triggers === undefined ? [] : [{ path: `${path}.triggers.dapr`, value: triggers }]),
  ];
  if (used[0] === undefined) return undefined;
  const [mode] = annotation(`${path}.annotations`, serving.annotations, "openfunction.io/dapr-service-mode");
  const [protocol] = annotation(`${path}.annotations`, serving.annotations, "dapr.io/app-protocol");
  return { used: used[0], ...(mode === undefined ? {} : { mode }), ...(protocol === undefined ? {} : { protocol }) };
}

function misconverted(build: Loose, serving: Loose): FunctionFacts["misconverted"] {
  const keda = asObject(asObject(serving.scaleOptions).keda);
  const bundle = asObject(asObject(build.srcRepo).bundleContainer);
  const next = "write the Function in v1beta2: npm run import makes the TypeScript call that does";
  return [
    ...(build.params !== undefined && build.shipwright === undefined
      ? [fault("spec.build.params", build.params, "error", "OpenFunction fails to convert params without shipwright")]
      : []),
    ...(bundle.image !== undefined
      ? [
          fault(
            "spec.build.srcRepo.bundleContainer.image",
            bundle.image,
            "error",
            "OpenFunction's conversion puts the name of the credentials in the image's place",
          ),
        ]
      : []),
    ...(keda.scaledJob !== undefined && keda.scaledObject === undefined
      ? [
          fault(
            "spec.serving.scaleOptions.keda.scaledJob",
            keda.scaledJob,
            "error",
            "OpenFunction fails to convert scaledJob without scaledObject",
          ),
        ]
      : []),
    ...(build.timeout !== undefined
      ? [fault("spec.build.timeout", build.timeout, "warning", "OpenFunction's conversion drops it")]
      : []),
  ].map((found) => ({ ...found, next }));
}

const fault = (path: string, value: unknown, severity: "error" | "warning", reason: string) => {
  return { path, value, severity, reason };
};
