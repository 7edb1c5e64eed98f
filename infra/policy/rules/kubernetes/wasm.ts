import { DEFAULT_VARIANT, RUNTIME_HANDLER, VARIANT_ANNOTATION } from "../../../../components/wasm-runtime/names";
import type { Resource, Rule } from "../../rule";
import { at, fields, isMissing, isSurely, mayBe, text, UNKNOWN } from "../../values";
import { ofKinds, onAllPods, onWorkloads, podsOf } from "./object";

/** A rule about pods that hold a module. */
const ofModules =
  (judge: (resource: Resource) => string[]): Rule["judge"] =>
  (resource) =>
    isMissing(podsOf(resource).annotations[VARIANT_ANNOTATION]) ? [] : judge(resource);

/** Where Kubernetes would start a program in a container. */
const STARTS = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "preStop"],
  ["lifecycle", "postStart"],
];

export const wasmRules: readonly Rule[] = [
  {
    name: "wasm-runtime-class",
    description: "Pods with a module have a RuntimeClass: runc would start the module as a program, and fail.",
    level: "mandatory",
    remedy: "set runtimeClassName to that of WasmRuntime, openfunction-crun",
    // OpenFunction writes it into functions by itself.
    on: (type) => onWorkloads(type) || ofKinds("serving.knative.dev/Service")(type),
    judge: ofModules((resource) =>
      isMissing(podsOf(resource).spec.runtimeClassName)
        ? [`it has the annotation ${VARIANT_ANNOTATION} and no runtimeClassName`]
        : [],
    ),
  },
  {
    name: "wasm-exec-probe",
    description: "No probe and no hook starts a program in a container with a module: there is nothing to start it.",
    level: "mandatory",
    remedy: "use tcpSocket or httpGet, and sleep to wait before the end",
    on: onAllPods,
    judge: ofModules((resource) =>
      podsOf(resource).containers.flatMap(({ name, spec }) =>
        STARTS.filter((path) => !isMissing(at(spec, ...path, "exec"))).map(
          (path) => `container ${name}: ${path.join(".")} is exec`,
        ),
      ),
    ),
  },
  {
    name: "wasm-variant",
    description: "A pod with more than one container takes only those for modules that are some.",
    level: "mandatory",
    remedy: `set the annotation ${VARIANT_ANNOTATION} to ${DEFAULT_VARIANT}`,
    on: onAllPods,
    judge: ofModules((resource) => {
      const { annotations, containers } = podsOf(resource);
      const variant = annotations[VARIANT_ANNOTATION];
      if (variant === DEFAULT_VARIANT || variant === UNKNOWN) return [];
      if (variant !== "compat") return [`${VARIANT_ANNOTATION} is ${text(variant)}, which crun does not know`];
      return containers.length > 1 ? [`with ${VARIANT_ANNOTATION} compat its sidecars are started as modules too`] : [];
    }),
  },
  {
    name: "wasm-read-only-root",
    description: "A module may not write to its image: crun hands it the container's whole root folder.",
    level: "mandatory",
    remedy: "set securityContext.readOnlyRootFilesystem: true, and mount an emptyDir where it writes",
    on: onWorkloads,
    judge: ofModules((resource) =>
      podsOf(resource)
        .containers.filter(({ spec }) => !mayBe(at(spec, "securityContext", "readOnlyRootFilesystem"), true))
        .map(({ name }) => `container ${name} may write to its root`),
    ),
  },
  {
    name: "wasm-service-account-token",
    description: "A module gets no token of the API server: crun hands it every file of the container.",
    level: "mandatory",
    remedy: "set automountServiceAccountToken: false",
    on: onWorkloads,
    judge: ofModules((resource) =>
      mayBe(podsOf(resource).spec.automountServiceAccountToken, false)
        ? []
        : ["its pods get a token of the API server"],
    ),
  },
  {
    name: "wasm-class-scheduling",
    description: "The RuntimeClass of crun leads pods to machines on which it was proved, and to no other.",
    level: "mandatory",
    remedy: "set scheduling.nodeSelector to a label that only proved machines carry, as WasmRuntime does",
    on: ofKinds("RuntimeClass"),
    judge: ({ inputs }) =>
      isSurely(inputs.handler, RUNTIME_HANDLER) &&
      inputs.scheduling !== UNKNOWN &&
      at(inputs, "scheduling", "nodeSelector") !== UNKNOWN &&
      Object.keys(fields(at(inputs, "scheduling", "nodeSelector"))).length === 0
        ? [`its handler is ${RUNTIME_HANDLER}, and its pods may come to any machine`]
        : [],
  },
];
