import { VARIANT_ANNOTATION } from "../../wasm-runtime/names";
import { DEFAULTS, type FunctionProbe, type FunctionSpec } from "../args";
import { describeBuild } from "../build-description";
import { FUNCTION_CONTAINER } from "../pod";
import { containerFacts, volumeFacts } from "./container-facts";
import {
  at,
  type BuildFacts,
  type ContainerFacts,
  type Fact,
  type FunctionFacts,
  fieldsOf,
  HANDLER_ANNOTATION,
  type ServingFacts,
} from "./facts";

/** What the component's arguments say. They speak of WebAssembly only. */
export function specFacts(spec: FunctionSpec): FunctionFacts {
  const { annotations = {}, workloadRuntime, dapr, lane = DEFAULTS.lane } = spec;
  const variant = annotations[VARIANT_ANNOTATION];
  return {
    source: "arguments",
    lane,
    knative: lane !== "direct",
    isWasm: true,
    ...(workloadRuntime === undefined ? {} : { workloadRuntime: { path: "workloadRuntime", value: workloadRuntime } }),
    handlers: HANDLER_ANNOTATION in annotations ? [handlerFact(annotations)] : [],
    variants: variant === undefined ? [] : [{ path: at("annotations", VARIANT_ANNOTATION), value: variant }],
    image: { path: "image", value: spec.image },
    hasPushCredentials: spec.imageCredentials !== undefined,
    ...(spec.build === undefined ? {} : { build: buildFacts(spec.build) }),
    ...(spec.serve === false ? {} : { serving: servingFacts(spec) }),
    ...(dapr === undefined ? {} : { dapr: daprFacts(annotations) }),
    misconverted: [],
  };
}

const handlerFact = (annotations: Record<string, unknown>): Fact => ({
  path: at("annotations", HANDLER_ANNOTATION),
  value: annotations[HANDLER_ANNOTATION],
});

function daprFacts(annotations: Record<string, unknown>): NonNullable<FunctionFacts["dapr"]> {
  const fact = (name: string, ours: string) => {
    return { path: at("annotations", name), value: annotations[name] ?? ours };
  };
  return {
    used: { path: "dapr", value: true },
    mode: fact("openfunction.io/dapr-service-mode", "sidecar"),
    protocol: fact("dapr.io/app-protocol", "http"),
  };
}

function buildFacts(build: NonNullable<FunctionSpec["build"]>): BuildFacts {
  const { params, strategy } = describeBuild({ ...build, source: build.source ?? { url: "" } }, undefined, "");
  return {
    path: "build",
    dockerfile: { path: "build.dockerfile", value: build.dockerfile },
    strategy: { path: "build.strategy.name", value: strategy.name },
    parameters: Object.entries(params).map(([name, value]) => ({
      path: at("build.params", name),
      name,
      value: value as string | unknown[],
    })),
  };
}

function servingFacts(spec: FunctionSpec): ServingFacts {
  const { sidecars = [], initContainers = [], volumes = [] } = spec;
  return {
    path: "",
    template: { path: "", value: {} },
    containers: [
      functionFacts(spec),
      ...sidecars.map((one, index) => containerFacts(`sidecars[${index}]`, one)),
      ...initContainers.map((one, index) => containerFacts(`initContainers[${index}]`, one)),
    ],
    podFields: initContainers.length > 0 ? fieldsOf("", { initContainers }).map(withoutDot) : [],
    volumeSources: volumes.flatMap(({ source }, index) =>
      volumeFacts("volumes", [source]).map(({ value }) => ({ path: `volumes[${index}].source.${value}`, value })),
    ),
  };
}

const withoutDot = <T extends { path: string }>(fact: T): T => ({ ...fact, path: fact.path.replace(/^\./, "") });

function functionFacts({
  command,
  probes = {},
  env = {},
  volumes = [],
  config,
  secrets,
}: FunctionSpec): ContainerFacts {
  const [first] = Array.isArray(command) ? command : [];
  const exec = (name: string, value: FunctionProbe | false | undefined): ContainerFacts["execs"] => {
    const found = value ? (value as { exec?: unknown }).exec : undefined;
    return found === undefined ? [] : [{ of: "probe", path: `probes.${name}.exec`, value: found }];
  };
  return {
    path: "",
    name: FUNCTION_CONTAINER,
    isFunction: true,
    ...(first === undefined ? {} : { command: { path: "command[0]", value: first } }),
    execs: [...exec("liveness", probes.liveness), ...exec("readiness", probes.readiness)],
    fields: [],
    security: [],
    variables: Object.keys(env).map((name) => ({ path: at("env", name), value: name })),
    mountPaths: [
      ...volumes.map(({ mountPath }, index) => ({ path: `volumes[${index}].mountPath`, value: mountPath })),
      ...Object.entries({ config, secrets }).flatMap(([kind, data]) =>
        data?.mountPath === undefined ? [] : [{ path: `${kind}.mountPath`, value: data.mountPath }],
      ),
    ],
  };
}
