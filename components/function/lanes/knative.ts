import type * as pulumi from "@pulumi/pulumi";
import type { FunctionSpec } from "../args";
import { daprComponents } from "../dapr";
import { type CompanionNames, describeFunction, type FunctionDescription, type ScaleDescription } from "../description";
import type { CustomObject } from "../objects";
import { podTemplate } from "../pod";
import { mapped } from "../values";
import { knativePod } from "./knative-pod";

/** The Knative Service that serves a function. */
export function knativeService(spec: FunctionSpec, made?: CompanionNames): CustomObject {
  const description = describeFunction(spec, made);
  const { metadata, spec: pod } = knativePod(podTemplate(description));
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { name: spec.name, namespace: spec.namespace, labels: description.labels },
    spec: {
      template: {
        metadata: { ...metadata, annotations: { ...metadata.annotations, ...scaleAnnotations(description.scale) } },
        spec: pod,
      },
    },
  };
}

/** Objects of Dapr for a function of this lane. */
export const knativeObjects = (spec: FunctionSpec): CustomObject[] => daprComponents(describeFunction(spec));

/** How Knative is told between how many pods it may choose. */
function scaleAnnotations(scale: ScaleDescription): Record<string, pulumi.Input<string>> {
  const { min, max } = scaleBounds(scale);
  return {
    "autoscaling.knative.dev/min-scale": mapped(min, String),
    "autoscaling.knative.dev/max-scale": mapped(max, String),
    ...concurrencyAnnotation(scale),
  };
}

/** Fewest and most pods. */
export const scaleBounds = (scale: ScaleDescription): { min: pulumi.Input<number>; max: pulumi.Input<number> } =>
  "fixed" in scale ? { min: scale.fixed, max: scale.fixed } : { min: scale.min, max: scale.max };

export const concurrencyAnnotation = (scale: FunctionDescription["scale"]): Record<string, string> =>
  "concurrency" in scale ? { "autoscaling.knative.dev/target": String(scale.concurrency) } : {};
