import type { FunctionObject } from "../../components/function";

export type Loose = Record<string, unknown>;

/** A Function with nothing wrong, in the second version; changes go into its spec, container and serving. */
export function second(
  change: { spec?: Loose; serving?: Loose; template?: Loose; container?: Loose; metadata?: Loose } = {},
) {
  return {
    apiVersion: "core.openfunction.io/v1beta2",
    kind: "Function",
    metadata: { name: "echo", ...change.metadata },
    spec: {
      workloadRuntime: "wasmedge",
      image: "registry.example/echo:1",
      build: { dockerfile: "Dockerfile", srcRepo: { url: "https://git.example/echo" } },
      serving: {
        triggers: { http: { port: 8080 } },
        template: {
          containers: [
            {
              name: "function",
              command: ["/echo.wasm"],
              livenessProbe: { tcpSocket: { port: 8080 } },
              ...change.container,
            },
          ],
          ...change.template,
        },
        ...change.serving,
      },
      ...change.spec,
    },
  } as FunctionObject;
}

export const first = (spec: Loose): FunctionObject => {
  const { build: _, ...rest } = second().spec as Loose;
  return { ...second(), apiVersion: "core.openfunction.io/v1beta1", spec: { ...rest, ...spec } };
};

export const build = (change: Loose): { spec: Loose } => ({
  spec: { build: { dockerfile: "Dockerfile", srcRepo: { url: "https://git.example/echo" }, ...change } },
});

export const annotations = (of: Loose): { serving: Loose } => ({ serving: { annotations: of } });
export const VARIANT = "module.wasm.image/variant";
export const EXEC = { exec: { command: ["true"] } };
export const SIDECAR = { name: "beside", image: "registry.example/beside:1" };

/** Ways in which OpenFunction serves without Knative. */
export const ASYNC = { triggers: { dapr: [{ name: "kafka", type: "pubsub.kafka", topic: "in" }] } };
export const KEDA = { triggers: { http: { engine: "keda", port: 8080 } } };
export const withoutKnative = (change: { serving?: Loose; template?: Loose; container?: Loose }): FunctionObject[] => [
  ...[ASYNC, KEDA].map((how) => second({ ...change, serving: { ...change.serving, ...how } })),
  first({ serving: { ...(second(change).spec as { serving: Loose }).serving, runtime: "async", triggers: undefined } }),
];

/** What a rule finds, and what looks alike. */
export interface RuleCase {
  /** Paths that are found. */
  red: [FunctionObject, ...string[]];
  /** What looks alike and is right. */
  green: FunctionObject[];
}
