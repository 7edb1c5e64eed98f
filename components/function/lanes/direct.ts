import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, type FunctionSpec } from "../args";
import { daprComponents } from "../dapr";
import { type CompanionNames, describeFunction, type FunctionDescription, selectorLabels } from "../description";
import type { CustomObject } from "../objects";
import { podTemplate } from "../pod";
import { field } from "../values";

/**
 * The Deployment that serves a function, with the pod fields that OpenFunction would set. With `scale` its `replicas` are
 * those of its beginning: declare it with `ignoreChanges: ["spec.replicas"]`, or each run sets the autoscaler's back.
 */
export function functionDeployment(spec: FunctionSpec, made?: CompanionNames): k8s.apps.v1.DeploymentArgs {
  const description = describeFunction(spec, made);
  const { labels, scale } = description;
  return {
    metadata: { name: spec.name, namespace: spec.namespace, labels },
    spec: {
      // A field that was there and is not any more would take a function that had a fixed number down to one pod.
      replicas: "fixed" in scale ? scale.fixed : Math.max(scale.min, 1),
      selector: { matchLabels: selectorLabels(spec.name) },
      // The old pod stays until the new one answers.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      revisionHistoryLimit: 3,
      template: podTemplate(description),
    },
  };
}

/** The Service in front of a function's pods. */
export function functionService(spec: FunctionSpec): k8s.core.v1.ServiceArgs {
  const { labels, port, service } = describeFunction(spec);
  const { type = "ClusterIP", nodePort } = service;
  return {
    metadata: { name: spec.name, namespace: spec.namespace, labels },
    spec: {
      type,
      selector: selectorLabels(spec.name),
      ports: [
        {
          name: "http",
          port: service.port ?? DEFAULTS.servicePort,
          targetPort: port,
          protocol: "TCP",
          ...(nodePort === undefined ? {} : { nodePort }),
        },
      ],
    },
  };
}

/** The autoscaler of a function, when one was asked for. It needs a metrics server; nothing here looks for one. */
export function functionAutoscaler(spec: FunctionSpec): k8s.autoscaling.v2.HorizontalPodAutoscalerArgs | undefined {
  const { labels, scale } = describeFunction(spec);
  if ("fixed" in scale) return undefined;
  const minReplicas = Math.max(scale.min, 1);
  return {
    metadata: { name: spec.name, namespace: spec.namespace, labels },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: spec.name },
      // From none, no request would ever wake it up.
      minReplicas,
      maxReplicas: Math.max(scale.max, minReplicas),
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: scale.cpuPercent } },
        },
      ],
    },
  };
}

/** Objects of the platform that a function of this lane uses: a route of its gateway, and Dapr's stores. */
export function directObjects(spec: FunctionSpec): CustomObject[] {
  const description = describeFunction(spec);
  return [...daprComponents(description), ...httpRoute(description)];
}

function httpRoute({ spec, labels, route, service }: FunctionDescription): CustomObject[] {
  if (route?.gateway === undefined) return [];
  const port: pulumi.Input<number> = service.port ?? DEFAULTS.servicePort;
  return [
    {
      // The version that the platform's gateways serve.
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "HTTPRoute",
      metadata: { name: spec.name, namespace: spec.namespace, labels },
      spec: {
        parentRefs: [route.gateway],
        ...field("hostnames", route.hostnames),
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: route.path ?? "/" } }],
            backendRefs: [{ name: spec.name, port }],
          },
        ],
      },
    },
  ];
}
