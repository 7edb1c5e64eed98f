import { DEFAULT_VARIANT, VARIANT_ANNOTATION, VARIANTS } from "../../wasm-runtime/names";
import {
  KNATIVE_CONTAINER_FIELDS,
  KNATIVE_POD_FIELDS,
  KNATIVE_SECURITY_FIELDS,
  KNATIVE_VARIABLES,
  KNATIVE_VOLUME_SOURCES,
} from "../lanes/knative-pod";
import { FUNCTION_CONTAINER } from "../pod";
import type { ContainerFacts, Fact, FunctionFacts, ServingFacts } from "./facts";
import type { Found, Rule } from "./rule";

/** Names of workload runtimes that OpenFunction 1.2.0 acts on; it takes any other for the second. */
const RUNTIMES = ["wasmedge", "ocicontainer"];

const MODULE = /\.(wasm|wat)$/;

/** Which containers are taken for modules. */
const variantOf = ({ variants: [first] }: FunctionFacts): unknown => first?.value ?? DEFAULT_VARIANT;

const isText = (value: unknown): value is string => typeof value === "string";

const workloadRuntime: Rule = ({ workloadRuntime: found }) => {
  if (!isText(found?.value) || RUNTIMES.includes(found.value.toLowerCase())) return [];
  return [
    {
      path: found.path,
      value: found.value,
      reason: "OpenFunction takes any name and makes nothing of those that it does not know",
      next: 'write "wasmedge"',
    },
  ];
};

const variant: Rule = ({ variants }) =>
  variants.flatMap(({ path, value }) =>
    !isText(value) || (VARIANTS as readonly string[]).includes(value)
      ? []
      : [
          {
            path,
            value,
            reason: "crun knows no such variant and runs the module natively",
            next: `one of ${VARIANTS.join(", ")}`,
          },
        ],
  );

/** The one that says the same as the default variant does. */
const SMART_HANDLER = "wasm-smart";

const handler: Rule = ({ isWasm, handlers }) =>
  (isWasm ? handlers : [])
    .filter(({ value }) => isText(value) && value !== SMART_HANDLER)
    .map(({ path, value }) => ({
      severity: "warning",
      path,
      value,
      reason: `where containerd passes it on, crun goes by it and not by ${VARIANT_ANNOTATION}; elsewhere nothing does`,
      next: "leave it out: the variant says which containers are modules",
    }));

/** Only a wasm function that is served has modules. */
const served = (facts: FunctionFacts): ServingFacts | undefined => (facts.isWasm ? facts.serving : undefined);

const command: Rule = (facts) => {
  if (variantOf(facts) !== "compat-smart") return [];
  return (served(facts)?.containers ?? [])
    .filter(({ isFunction }) => isFunction)
    .flatMap(({ command: first }) => {
      if (!isText(first?.value) || MODULE.test(first.value)) return [];
      const reason = "must end in .wasm or .wat; anything else runs natively and fails to start (exec format error)";
      return [{ path: first.path, value: first.value, reason, next: "name the module in the image" }];
    });
};

/** crun hands it to WasmEdge, in which nothing else can be started. */
const isModule = (facts: FunctionFacts, { isFunction, command: first }: ContainerFacts): boolean =>
  isFunction || variantOf(facts) === "compat" || (isText(first?.value) && MODULE.test(first.value));

const execs =
  (of: "probe" | "hook", next: string): Rule =>
  (facts) =>
    (served(facts)?.containers ?? [])
      .filter((container) => isModule(facts, container))
      .flatMap((container) => container.execs.filter((one) => one.of === of))
      .map(({ path, value }) => ({
        path,
        value,
        reason: "a command cannot be run inside a module: crun's handler does not support exec",
        next,
      }));

const sidecars: Rule = (facts) => {
  const serving = served(facts);
  const [first] = facts.variants;
  if (serving === undefined || first?.value !== "compat") return [];
  const others = serving.containers.filter(({ isFunction }) => !isFunction).map(({ name }) => `${name}`);
  const all = [...others, ...(facts.knative ? ["queue-proxy"] : []), ...(facts.dapr === undefined ? [] : ["daprd"])];
  if (all.length === 0) return [];
  const reason = `every container of the pod would be taken for a module: ${all.join(", ")} too`;
  return [{ path: first.path, value: first.value, reason, next: "write compat-smart" }];
};

const containerName: Rule = (facts) => {
  const containers = facts.serving?.containers ?? [];
  if (containers.length === 0) return [];
  if (containers.some(({ isFunction }) => isFunction)) return containers.flatMap(sameName);
  return [
    {
      path: `${containers[0]!.path}.name`,
      value: containers[0]!.name,
      reason: `OpenFunction takes each container for a sidecar and appends one named ${FUNCTION_CONTAINER} without your command`,
      next: `name the module's container ${FUNCTION_CONTAINER}`,
    },
  ];
};

/** Of two with one name, the second. */
function sameName({ path, name }: ContainerFacts, index: number, all: readonly ContainerFacts[]): Found[] {
  if (!isText(name) || all.findIndex((one) => one.name === name) === index) return [];
  const reason = `another container of the pod has this name${name === FUNCTION_CONTAINER ? ", the module's own" : ""}`;
  return [
    { path: `${path}.name`, value: name, reason: `${reason}: Kubernetes refuses the pod`, next: "give it another" },
  ];
}

/** Kubernetes refuses two that are the same, and of `/a` and `/a/` one hides the other. */
const mountPaths: Rule = ({ serving }) =>
  (serving?.containers ?? []).flatMap(({ mountPaths: all }) => {
    const folders = all.map(({ value }) => (isText(value) ? value.replace(/(?<=.)\/+$/, "") : undefined));
    return all
      .filter((_, index) => folders[index] !== undefined && folders.indexOf(folders[index]) < index)
      .map(({ path, value }) => ({
        path,
        value,
        reason: "another volume is mounted there",
        next: "give each volume a folder of its own",
      }));
  });

const template: Rule = (facts) => {
  const serving = served(facts);
  if (serving === undefined || serving.template !== undefined) return [];
  return [
    {
      severity: "warning",
      path: `${serving.path}.template`,
      reason:
        "OpenFunction before 1.2.0 names a RuntimeClass only in a template, and runs the module natively without one",
      next: "add template.runtimeClassName: openfunction-crun",
    },
  ];
};

const daprMode: Rule = ({ isWasm, dapr }) => {
  if (!isWasm || dapr === undefined) return [];
  const { used, mode, protocol } = dapr;
  const place = mode ?? { path: used.path, value: undefined };
  return [
    ...(mode?.value === "sidecar"
      ? []
      : [
          {
            path: place.path,
            value: place.value,
            reason: "a module's SDK asks localhost, where OpenFunction's default, a proxy for all pods, is not",
            next: 'set the annotation openfunction.io/dapr-service-mode: "sidecar" in serving.annotations',
          },
        ]),
    ...(protocol?.value === "http"
      ? []
      : [
          {
            path: protocol?.path ?? used.path,
            value: protocol?.value,
            reason: "OpenFunction tells Dapr that the function speaks gRPC, which no module does",
            next: 'set the annotation dapr.io/app-protocol: "http" in serving.annotations',
          },
        ]),
  ];
};

const notTaken = ({ path, value }: Fact, what: string): Found => ({
  path,
  value,
  reason: `Knative 1.3.2 refuses ${what}, so the function never starts`,
  next: "leave it out, or use the lane direct",
});

const named = ({ path }: Fact): string => path.split(".").at(-1) as string;

const knativeFields: Rule = (facts) => {
  const { knative, serving, source } = facts;
  if (!knative || serving === undefined) return [];
  const unknown = (fields: readonly Fact[], allowed: readonly string[]): Fact[] =>
    fields.filter((one) => !allowed.includes(named(one)));
  // Knative refuses those before the start as a whole.
  const containers = serving.containers.filter(({ path }) => !path.startsWith("initContainers"));
  const beside = containers.filter(({ isFunction }) => !isFunction);
  // A wrong name has a rule of its own.
  const sidecarFields = beside.length === containers.length ? [] : beside;
  return [
    ...unknown(serving.podFields, KNATIVE_POD_FIELDS).map((one) => notTaken(one, `the field ${named(one)} of a pod`)),
    ...containers
      .flatMap(({ fields }) => unknown(fields, KNATIVE_CONTAINER_FIELDS))
      .map((one) => notTaken(one, `the field ${named(one)} of a container`)),
    ...containers
      .flatMap(({ security }) => unknown(security, KNATIVE_SECURITY_FIELDS))
      // Each lane asks for it, and laneDifferences says why Knative does without.
      .filter((one) => !(source === "arguments" && named(one) === "allowPrivilegeEscalation" && one.value === false))
      .map((one) => notTaken(one, `${named(one)} in the securityContext of a container`)),
    ...sidecarFields
      .flatMap(({ fields }) => fields)
      .filter((one) => ["ports", "livenessProbe", "readinessProbe"].includes(named(one)))
      .map((one) => notTaken(one, `${named(one)} of a sidecar`)),
    ...serving.volumeSources
      .filter(({ value }) => !(KNATIVE_VOLUME_SOURCES as readonly string[]).includes(value))
      .map((one) => notTaken(one, `volumes of kind ${one.value} without a flag`)),
  ];
};

const reservedVariables: Rule = ({ knative, serving, source }) => {
  if (!knative || serving === undefined) return [];
  // Arguments have their own message for PORT, in every lane.
  const reserved = KNATIVE_VARIABLES.filter((name) => source !== "arguments" || name !== "PORT");
  return serving.containers
    .flatMap(({ variables }) => variables)
    .filter(({ value }) => (reserved as readonly unknown[]).includes(value))
    .map((one) => notTaken(one, "variables that it sets itself"));
};

const secondPort: Rule = ({ source, knative, serving }) => {
  if (source === "arguments" || !knative) return [];
  return (serving?.containers ?? [])
    .filter(({ isFunction }) => isFunction)
    .flatMap(({ fields }) => fields.filter((one) => named(one) === "ports"))
    .map(({ path, value }) => ({
      path,
      value,
      reason: "OpenFunction adds the function's port to these, and Knative refuses a container with two",
      next: source === "v1beta1" ? "leave it out: spec.port says it" : "leave it out: triggers.http.port says it",
    }));
};

/** What a served function needs beyond what OpenFunction's webhook checks. */
export const servingRules: Readonly<Record<string, Rule>> = {
  "workload-runtime": workloadRuntime,
  variant,
  handler,
  command,
  "exec-probe": execs("probe", "use tcpSocket or httpGet"),
  "exec-hook": execs("hook", "use httpGet, or nothing"),
  "compat-sidecars": sidecars,
  "container-name": containerName,
  "mount-paths": mountPaths,
  template,
  "dapr-mode": daprMode,
  "knative-fields": knativeFields,
  "reserved-variables": reservedVariables,
  "second-port": secondPort,
};
