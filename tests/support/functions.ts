import { transformSync } from "esbuild";
import type { FunctionObject, FunctionSpec } from "../../components/function";

/** The two Functions of OpenFunction's proposal for WebAssembly, in its words. */
export const BUILD: FunctionObject = {
  apiVersion: "core.openfunction.io/v1beta1",
  kind: "Function",
  metadata: { name: "wasmedge-http-server-build" },
  spec: {
    workloadRuntime: "wasmedge",
    image: "openfunctiondev/wasmedge_http_server:0.1.0",
    imageCredentials: { name: "push-secret" },
    build: {
      dockerfile: "Dockerfile",
      srcRepo: {
        url: "https://github.com/OpenFunction/samples",
        sourceSubPath: "functions/knative/wasmedge/http-server",
        revision: "main",
      },
    },
    port: 8080,
  },
};

export const SERVING: FunctionObject = {
  apiVersion: "core.openfunction.io/v1beta1",
  kind: "Function",
  metadata: { name: "wasmedge-http-server-serving" },
  spec: {
    workloadRuntime: "wasmedge",
    image: "openfunctiondev/wasmedge_http_server:0.1.0",
    imageCredentials: { name: "push-secret" },
    port: 8080,
    route: { rules: [{ matches: [{ path: { type: "PathPrefix", value: "/echo" } }] }] },
    serving: {
      runtime: "knative",
      scaleOptions: { minReplicas: 0, maxReplicas: 10 },
      template: {
        containers: [
          {
            command: ["/wasmedge_hyper_server.wasm"],
            imagePullPolicy: "IfNotPresent",
            livenessProbe: { initialDelaySeconds: 3, periodSeconds: 30, tcpSocket: { port: 8080 } },
            name: "function",
          },
        ],
      },
    },
  },
};

/** A Function with something of everything that the arguments have a word for. */
export const RICH: FunctionObject = {
  apiVersion: "core.openfunction.io/v1beta2",
  kind: "Function",
  metadata: {
    name: "new",
    namespace: "fn",
    labels: { team: "a" },
    annotations: { "module.wasm.image/variant": "compat-smart" },
  },
  spec: {
    version: "v1.2.3",
    image: "registry.example/rich:1",
    build: {
      dockerfile: "Dockerfile",
      timeout: "1h30m",
      srcRepo: { url: "https://git.example/rich", credentials: { name: "git" } },
      shipwright: {
        strategy: { name: "own", kind: "BuildStrategy" },
        params: [
          { name: "build-args", values: [{ value: "A=1=2" }, { value: "B=\"'$(x)" }] },
          { name: "registries-insecure", values: [{ value: "registry.example:5000" }] },
          { name: "other", value: "one" },
        ],
      },
    },
    serving: {
      annotations: {
        "openfunction.io/enable-dapr": "true",
        "openfunction.io/dapr-service-mode": "sidecar",
        mine: "yes",
      },
      params: { GREETING: "hello" },
      scaleOptions: { minReplicas: 1, maxReplicas: 3 },
      states: {
        store: { spec: { type: "state.redis", version: "v1", metadata: [{ name: "redisHost", value: "redis:6379" }] } },
      },
      triggers: {
        http: {
          port: 9000,
          route: {
            hostnames: ["a.example"],
            gatewayRef: { name: "g", namespace: "n" },
            rules: [{ matches: [{ path: { value: "/a", type: "PathPrefix" } }] }],
          },
        },
      },
      template: {
        runtimeClassName: "wasm",
        enableServiceLinks: false,
        volumes: [{ name: "files", configMap: { name: "files" } }],
        containers: [
          {
            name: "function",
            command: ["/a.wasm"],
            args: ["--flag"],
            env: [
              { name: "A", value: "1" },
              { name: "B", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
              { name: "C", valueFrom: { configMapKeyRef: { name: "m", key: "k" } } },
            ],
            resources: { requests: { cpu: "10m" } },
            readinessProbe: { httpGet: { path: "/ready", port: 9000 }, timeoutSeconds: 2 },
            volumeMounts: [{ name: "files", mountPath: "/files" }],
          },
          { name: "beside", image: "registry.example/beside:1", command: ["/bin/beside"] },
        ],
      },
    },
  },
};

/** Runs the code and gives the arguments of each call. */
export function evaluated(code: string): FunctionSpec[] {
  const calls: FunctionSpec[] = [];
  class WasmFunction {
    constructor(name: string, args: Omit<FunctionSpec, "name">) {
      calls.push({ name, ...args });
    }
  }
  const { code: script } = transformSync(code, { loader: "ts", format: "cjs" });
  const library = (name: string): object => {
    if (name !== "openfunction-wasm") throw new Error(`the code asks for ${name}`);
    return { WasmFunction };
  };
  new Function("require", "module", "exports", script)(library, { exports: {} }, {});
  return calls;
}
