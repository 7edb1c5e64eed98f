import { VARIANT_ANNOTATION } from "../../wasm-runtime/names";
import { DEFAULTS, type FunctionRoute, type FunctionSpec } from "../args";
import { type BuildDescription, parameterList, repositoryOf } from "../build-description";
import { daprStates, openfunctionDaprAnnotations } from "../dapr";
import { type CompanionNames, describeFunction, type FunctionDescription } from "../description";
import type { CustomObject } from "../objects";
import { FUNCTION_CONTAINER, type PodTemplate, podTemplate } from "../pod";
import { field } from "../values";
import { concurrencyAnnotation, scaleBounds } from "./knative";
import { knativePod } from "./knative-pod";

/**
 * The Function of OpenFunction, with every field that a webhook would fill in: three released versions fill some of
 * them in wrongly.
 */
export function openFunction(spec: FunctionSpec, made?: CompanionNames): CustomObject {
  const description = describeFunction(spec, made);
  const version = spec.apiVersion ?? DEFAULTS.apiVersion;
  return {
    apiVersion: `core.openfunction.io/${version}`,
    kind: "Function",
    metadata: {
      name: spec.name,
      namespace: spec.namespace,
      labels: description.labels,
      annotations: { [VARIANT_ANNOTATION]: description.variant },
    },
    spec: {
      version: spec.version ?? DEFAULTS.version,
      workloadRuntime: description.workloadRuntime,
      image: spec.image,
      ...(description.pullSecret === undefined ? {} : { imageCredentials: { name: description.pullSecret } }),
      ...(version === "v1beta1" ? firstVersion(description) : secondVersion(description)),
    },
  };
}

function secondVersion(description: FunctionDescription): object {
  const { build, port, route, serves } = description;
  return {
    ...(build === undefined
      ? {}
      : {
          build: {
            ...buildFields(build),
            shipwright: { strategy: build.strategy, ...field("params", parameterList(build)) },
            ...(build.timeoutSeconds === undefined ? {} : { timeout: `${build.timeoutSeconds}s` }),
          },
        }),
    ...(serves
      ? {
          serving: {
            ...servingFields(description),
            ...field(
              "states",
              daprStates(description, (component) => ({ spec: component })),
            ),
            triggers: { http: { engine: "knative", port, route: routeFields(route) } },
          },
        }
      : {}),
  };
}

/** As OpenFunction's proposal for WebAssembly has it. */
function firstVersion(description: FunctionDescription): object {
  const { build, port, route, serves } = description;
  return {
    port,
    ...(serves ? { route: routeFields(route) } : {}),
    ...(build === undefined
      ? {}
      : {
          build: {
            ...buildFields(build),
            // Without a strategy beside them, the conversion to the second version fails.
            shipwright: { strategy: build.strategy },
            ...(Object.keys(build.params).length === 0 ? {} : { params: build.params }),
          },
        }),
    ...(serves
      ? {
          serving: {
            runtime: "knative",
            ...servingFields(description),
            ...field(
              "states",
              daprStates(description, (component) => component),
            ),
          },
        }
      : {}),
  };
}

function buildFields(build: BuildDescription): object {
  const source = repositoryOf(build);
  return {
    dockerfile: build.dockerfile,
    srcRepo: {
      url: source.url,
      ...field("revision", source.revision),
      ...field("sourceSubPath", source.contextDir),
      ...(build.gitSecret === undefined ? {} : { credentials: { name: build.gitSecret } }),
    },
  };
}

function servingFields(description: FunctionDescription): object {
  const { scale, annotations, labels } = description;
  const { min, max } = scaleBounds(scale);
  return {
    annotations: { ...annotations, ...openfunctionDaprAnnotations(description), ...concurrencyAnnotation(scale) },
    labels,
    scaleOptions: { minReplicas: min, maxReplicas: max },
    template: template(podTemplate(description)),
  };
}

/** Its controller puts image, port and pull secret in; a second port would make Knative refuse the whole. */
function template(pod: PodTemplate): object {
  const { imagePullSecrets: _, containers, ...spec } = knativePod(pod).spec;
  return {
    ...spec,
    containers: containers.map((container) => {
      if (container.name !== FUNCTION_CONTAINER) return container;
      const { image: __, ports: ___, ...rest } = container;
      return rest;
    }),
  };
}

function routeFields({ path, hostnames, gateway }: FunctionRoute = {}): object {
  return {
    ...field("gatewayRef", gateway),
    ...field("hostnames", hostnames),
    rules: [{ matches: [{ path: { type: "PathPrefix", value: path ?? "/" } }] }],
  };
}
