import {
  ASYNC,
  annotations,
  EXEC,
  KEDA,
  type RuleCase,
  SIDECAR,
  second,
  VARIANT,
  withoutKnative,
} from "./function-objects";

const T = "spec.serving.template";

/** Functions for each rule about serving. */
export const SERVING_CASES: Readonly<Record<string, RuleCase[]>> = {
  "workload-runtime": [
    {
      red: [second({ spec: { workloadRuntime: "wasmtime" } }), "spec.workloadRuntime"],
      green: [second({ spec: { workloadRuntime: "WasmEdge" } }), second({ spec: { workloadRuntime: "OCIContainer" } })],
    },
  ],
  variant: [
    {
      red: [second(annotations({ [VARIANT]: "compat_smart" })), `spec.serving.annotations["${VARIANT}"]`],
      green: [second(annotations({ [VARIANT]: "compat-smart" }))],
    },
    {
      red: [second({ metadata: { annotations: { [VARIANT]: "" } } }), `metadata.annotations["${VARIANT}"]`],
      green: [second({ metadata: { annotations: { [VARIANT]: "compat-smart" } } })],
    },
  ],
  handler: [
    {
      red: [second(annotations({ "run.oci.handler": "wasm" })), 'spec.serving.annotations["run.oci.handler"]'],
      green: [
        second(annotations({ "run.oci.handler": "wasm-smart" })),
        // Not of the pods.
        second({ metadata: { annotations: { "run.oci.handler": "wasm" } } }),
        second({ spec: { workloadRuntime: "OCIContainer" }, ...annotations({ "run.oci.handler": "krun" }) }),
      ],
    },
  ],
  command: [
    {
      red: [second({ container: { command: ["/bin/server"] } }), `${T}.containers[0].command[0]`],
      green: [
        second({ container: { command: ["/a.wat"] } }),
        second({ container: { command: undefined } }),
        second({
          template: {
            containers: [
              { name: "function", command: ["/a.wasm"] },
              { ...SIDECAR, command: ["/bin/server"] },
            ],
          },
        }),
        // Not WebAssembly at all.
        second({ spec: { workloadRuntime: "OCIContainer" }, container: { command: ["/bin/server"] } }),
      ],
    },
  ],
  "exec-probe": [
    {
      red: [second({ container: { livenessProbe: EXEC } }), `${T}.containers[0].livenessProbe.exec`],
      green: [
        second({ container: { readinessProbe: { httpGet: { path: "/", port: 8080 } } } }),
        second({ spec: { workloadRuntime: "OCIContainer" }, container: { livenessProbe: EXEC } }),
      ],
    },
  ],
  "exec-hook": [
    {
      red: [second({ container: { lifecycle: { preStop: EXEC } } }), `${T}.containers[0].lifecycle.preStop.exec`],
      green: [second({ spec: { workloadRuntime: "OCIContainer" }, container: { lifecycle: { preStop: EXEC } } })],
    },
  ],
  "compat-sidecars": [
    {
      red: [second(annotations({ [VARIANT]: "compat" })), `spec.serving.annotations["${VARIANT}"]`],
      green: [
        second(annotations({ [VARIANT]: "compat-smart" })),
        second({ serving: { ...annotations({ [VARIANT]: "compat" }).serving, ...KEDA } }),
      ],
    },
    {
      red: [
        second({ serving: { triggers: { ...ASYNC.triggers, http: {} }, annotations: { [VARIANT]: "compat" } } }),
        `spec.serving.annotations["${VARIANT}"]`,
      ],
      green: [],
    },
  ],
  "container-name": [
    {
      red: [second({ container: { name: "server" } }), `${T}.containers[0].name`],
      green: [second({ template: { containers: [SIDECAR, { name: "function", command: ["/a.wasm"] }] } })],
    },
    {
      red: [
        second({
          template: {
            containers: [
              { name: "function", command: ["/a.wasm"] },
              { ...SIDECAR, name: "function" },
              SIDECAR,
              SIDECAR,
            ],
          },
        }),
        `${T}.containers[1].name`,
        `${T}.containers[3].name`,
      ],
      green: [],
    },
  ],
  "mount-paths": [
    {
      red: [
        second({
          container: { volumeMounts: ["/a", "/b", "/a/", "/a"].map((mountPath) => ({ name: "v", mountPath })) },
        }),
        `${T}.containers[0].volumeMounts[2].mountPath`,
        `${T}.containers[0].volumeMounts[3].mountPath`,
      ],
      green: [
        second({
          template: {
            containers: [
              { name: "function", command: ["/a.wasm"], volumeMounts: [{ name: "v", mountPath: "/a" }] },
              { ...SIDECAR, volumeMounts: [{ name: "v", mountPath: "/a" }] },
            ],
          },
        }),
      ],
    },
  ],
  template: [{ red: [second({ serving: { template: undefined } }), T], green: [second()] }],
  "dapr-mode": [
    {
      red: [second({ serving: { states: {} } }), "spec.serving.states", "spec.serving.states"],
      green: [
        second({
          serving: {
            states: {},
            annotations: { "openfunction.io/dapr-service-mode": "sidecar", "dapr.io/app-protocol": "http" },
          },
        }),
        second({ serving: { states: {}, annotations: { "openfunction.io/enable-dapr": "false" } } }),
        second({ spec: { workloadRuntime: "OCIContainer" }, serving: { states: {} } }),
      ],
    },
    {
      red: [
        second({
          serving: {
            states: {},
            annotations: { "openfunction.io/dapr-service-mode": "standalone", "dapr.io/app-protocol": "grpc" },
          },
        }),
        'spec.serving.annotations["openfunction.io/dapr-service-mode"]',
        'spec.serving.annotations["dapr.io/app-protocol"]',
      ],
      green: [],
    },
  ],
  "knative-fields": [
    {
      red: [
        second({ template: { terminationGracePeriodSeconds: 2 }, container: { lifecycle: {} } }),
        `${T}.terminationGracePeriodSeconds`,
        `${T}.containers[0].lifecycle`,
      ],
      green: [
        second({ template: { enableServiceLinks: false, runtimeClassName: "openfunction-crun" } }),
        ...withoutKnative({ template: { terminationGracePeriodSeconds: 2 }, container: { lifecycle: {} } }),
      ],
    },
    {
      red: [second({ template: { volumes: [{ name: "a", emptyDir: {} }] } }), `${T}.volumes[0].emptyDir`],
      green: [second({ template: { volumes: [{ name: "a", configMap: { name: "a" } }] } })],
    },
    {
      red: [
        second({
          template: {
            containers: [
              { name: "function", command: ["/a.wasm"] },
              { ...SIDECAR, ports: [] },
            ],
          },
        }),
        `${T}.containers[1].ports`,
      ],
      green: [],
    },
    {
      red: [
        second({
          container: { securityContext: { runAsGroup: 1, privileged: false, allowPrivilegeEscalation: false } },
        }),
        ...["runAsGroup", "privileged", "allowPrivilegeEscalation"].map(
          (name) => `${T}.containers[0].securityContext.${name}`,
        ),
      ],
      green: [
        second({
          container: {
            securityContext: { runAsUser: 1, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
          },
        }),
        ...withoutKnative({ container: { securityContext: { runAsGroup: 1 } } }),
      ],
    },
  ],
  "reserved-variables": [
    {
      red: [
        second({
          container: {
            env: [
              { name: "A", value: "1" },
              { name: "PORT", value: "1" },
            ],
          },
        }),
        `${T}.containers[0].env[1].name`,
      ],
      green: [
        second({ container: { env: [{ name: "A", value: "1" }] } }),
        ...withoutKnative({ container: { env: [{ name: "PORT", value: "1" }] } }),
      ],
    },
  ],
  "second-port": [
    {
      red: [second({ container: { ports: [{ containerPort: 8080 }] } }), `${T}.containers[0].ports`],
      green: [second(), ...withoutKnative({ container: { ports: [{ containerPort: 9000 }] } })],
    },
  ],
};
