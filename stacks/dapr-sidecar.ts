import type * as kubernetes from "@pulumi/kubernetes";
import { DAPR_RESOURCES } from "../infra/toolchain/sample";

type Container = kubernetes.types.input.core.v1.Container;

/** Of its API, which listens on the pod's loopback address alone. */
const API_PORT = 3500;

/**
 * Tells the kubelet whether the API is ready. Other pods reach it too: `/v1.0/metadata` there has the names of the
 * function and of its store and Dapr's version, and takes labels; what is kept is not to be had there.
 */
const HEALTH_PORT = 3501;

/** As long as the function itself goes on answering after the decision to stop the pod. */
const DRAIN_SECONDS = 1;

/** What the function finds its sidecar and its store by; Dapr's injector would set the first. */
export const SIDECAR_VARIABLES = { DAPR_HTTP_PORT: String(API_PORT), STATE_STORE: "statestore" };

/**
 * Dapr's sidecar, as its injector makes one where Dapr is installed. Its command does not end in .wasm, so that crun runs
 * it as any other program.
 *
 * @param appId name under which Dapr keeps the function's state
 * @param image see `daprdImage`
 */
export function daprContainer(appId: string, image: string): Container {
  const healthy = { httpGet: { path: "/v1.0/healthz", port: HEALTH_PORT } };
  const flags = {
    "app-id": appId,
    "dapr-http-port": API_PORT,
    "dapr-public-port": HEALTH_PORT,
    "resources-path": DAPR_RESOURCES,
  };
  return {
    name: "daprd",
    image,
    imagePullPolicy: "Never",
    args: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    ports: [{ name: "dapr-health", containerPort: HEALTH_PORT, protocol: "TCP" }],
    resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "192Mi" } },
    readinessProbe: { ...healthy, periodSeconds: 1 },
    livenessProbe: { ...healthy, periodSeconds: 10, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } },
  };
}
