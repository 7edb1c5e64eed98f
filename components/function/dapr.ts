import type * as pulumi from "@pulumi/pulumi";
import type { DaprComponent } from "./args";
import type { FunctionDescription } from "./description";
import type { CustomObject } from "./objects";
import { mapped } from "./values";

/** What makes Dapr's injector put its sidecar beside the module, where nothing else writes this. */
export function daprAnnotations({ dapr, port }: FunctionDescription): Record<string, pulumi.Input<string>> {
  if (dapr === undefined) return {};
  return {
    "dapr.io/enabled": "true",
    "dapr.io/app-id": dapr.appId,
    "dapr.io/app-port": mapped(port, String),
    "dapr.io/app-protocol": "http",
  };
}

/** What makes OpenFunction ask for the sidecar; it writes id and port itself, and gRPC unless it is told otherwise. */
export function openfunctionDaprAnnotations({ dapr }: FunctionDescription): Record<string, pulumi.Input<string>> {
  if (dapr === undefined) return {};
  return {
    "openfunction.io/enable-dapr": "true",
    "openfunction.io/dapr-service-mode": "sidecar",
    "dapr.io/app-protocol": "http",
    ...(dapr.appIdGiven ? { "dapr.io/app-id": dapr.appId } : {}),
  };
}

/** Dapr's objects for the function's state stores, which only its own id may use. */
export function daprComponents({ spec, dapr }: FunctionDescription): CustomObject[] {
  return Object.entries(dapr?.states ?? {}).map(([name, component]) => ({
    apiVersion: "dapr.io/v1alpha1",
    kind: "Component",
    metadata: { name, namespace: spec.namespace },
    spec: { ...component },
    scopes: [dapr!.appId],
  }));
}

/** State stores as a Function has them: the name, and what the component's `spec` would be. */
export const daprStates = (
  { dapr }: FunctionDescription,
  shape: (component: DaprComponent) => object,
): Record<string, object> | undefined =>
  dapr?.states && Object.fromEntries(Object.entries(dapr.states).map(([name, component]) => [name, shape(component)]));
