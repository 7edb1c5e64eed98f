import { type FunctionObject, lintFunction, ruleNames } from ".";

type Loose = Record<string, unknown>;

/** A Function with nothing wrong, in the second version; changes go into its spec, container and serving. */
function second(change: { spec?: Loose; serving?: Loose; template?: Loose; container?: Loose; metadata?: Loose } = {}) {
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

const first = (spec: Loose): FunctionObject => {
  const { build: _, ...rest } = second().spec as Loose;
  return { ...second(), apiVersion: "core.openfunction.io/v1beta1", spec: { ...rest, ...spec } };
};

const build = (change: Loose): { spec: Loose } => ({
  spec: { build: { dockerfile: "Dockerfile", srcRepo: { url: "https://git.example/echo" }, ...change } },
});

const annotations = (of: Loose): { serving: Loose } => ({ serving: { annotations: of } });
const VARIANT = "module.wasm.image/variant";
const EXEC = { exec: { command: ["true"] } };
const SIDECAR = { name: "beside", image: "registry.example/beside:1" };

/** Ways in which OpenFunction serves without Knative. */
const ASYNC = { triggers: { dapr: [{ name: "kafka", type: "pubsub.kafka", topic: "in" }] } };
const KEDA = { triggers: { http: { engine: "keda", port: 8080 } } };
const withoutKnative = (change: { serving?: Loose; template?: Loose; container?: Loose }): FunctionObject[] => [
  ...[ASYNC, KEDA].map((how) => second({ ...change, serving: { ...change.serving, ...how } })),
  first({ serving: { ...(second(change).spec as { serving: Loose }).serving, runtime: "async", triggers: undefined } }),
];

interface Case {
  /** Paths that are found. */
  red: [FunctionObject, ...string[]];
  /** What looks alike and is right. */
  green: FunctionObject[];
}

const T = "spec.serving.template";

const cases: Readonly<Record<string, Case[]>> = {
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
  dockerfile: [
    {
      red: [second(build({ dockerfile: undefined, builder: "registry.example/builder:1" })), "spec.build.dockerfile"],
      green: [
        second(build({})),
        second(build({ dockerfile: undefined, shipwright: { strategy: { name: "own" } } })),
        second({ spec: { workloadRuntime: "OCIContainer", ...build({ dockerfile: undefined, builder: "b" }).spec } }),
      ],
    },
  ],
  "foreign-image": [
    {
      red: [second({ spec: { image: "openfunctiondev/echo:1", imageCredentials: { name: "push" } } }), "spec.image"],
      green: [
        second({ spec: { image: "openfunctiondev/echo:1", build: undefined } }),
        second({ spec: { image: "registry.example/openfunctiondev/echo:1" } }),
      ],
    },
    {
      red: [second({ spec: { image: "echo:1", imageCredentials: { name: "push" } } }), "spec.image"],
      green: [second({ spec: { image: "someone/echo:1", imageCredentials: { name: "push" } } })],
    },
  ],
  "push-credentials": [
    {
      red: [second({ spec: { image: "someone/echo:1" } }), "spec.imageCredentials"],
      green: [
        second({ spec: { image: "someone/echo:1", imageCredentials: { name: "push" } } }),
        second({ spec: { image: "localhost:5000/echo:1" } }),
      ],
    },
  ],
  parameters: [
    {
      red: [
        second(
          build({
            shipwright: {
              params: [
                { name: "build-args", value: "A=1" },
                { name: "buildargs", values: [] },
              ],
            },
          }),
        ),
        "spec.build.shipwright.params[0]",
        "spec.build.shipwright.params[1]",
      ],
      green: [
        second(build({ shipwright: { params: [{ name: "build-args", values: [{ value: "A=1" }] }] } })),
        second(build({ shipwright: { strategy: { name: "own" }, params: [{ name: "x", value: "1" }] } })),
      ],
    },
    {
      red: [
        second(build({ shipwright: { params: [{ name: "ENV_VARS", values: [{ value: "A=1" }] }] } })),
        "spec.build.shipwright.params[0]",
      ],
      green: [second(build({ shipwright: { params: [{ name: "ENV_VARS", value: "A=1" }] } }))],
    },
    {
      red: [
        first(build({ shipwright: { strategy: { name: "wasmedge" } }, params: { "build-args": "A=1" } }).spec),
        "spec.build.params.build-args",
      ],
      green: [],
    },
  ],
  "build-only": [
    { red: [second({ spec: { serving: undefined } }), "spec.serving"], green: [second()] },
    {
      red: [second({ spec: { serving: null } }), "spec.serving"],
      green: [second({ spec: { build: null, serving: null } })],
    },
  ],
  conversion: [
    {
      red: [
        first({
          build: {
            dockerfile: "Dockerfile",
            timeout: "5m",
            params: { ENV_VARS: "" },
            srcRepo: { bundleContainer: { image: "b" } },
          },
        }),
        "spec.build.params",
        "spec.build.srcRepo.bundleContainer.image",
        "spec.build.timeout",
      ],
      green: [
        first({ build: { dockerfile: "Dockerfile", shipwright: {}, params: { ENV_VARS: "" }, srcRepo: { url: "u" } } }),
        second(build({ timeout: "5m", srcRepo: { bundleContainer: { image: "b" } } })),
      ],
    },
    {
      red: [
        first({
          serving: { ...(second().spec as { serving: Loose }).serving, scaleOptions: { keda: { scaledJob: {} } } },
        }),
        "spec.serving.scaleOptions.keda.scaledJob",
      ],
      green: [
        first({
          serving: {
            ...(second().spec as { serving: Loose }).serving,
            scaleOptions: { keda: { scaledJob: {}, scaledObject: {} } },
          },
        }),
      ],
    },
  ],
};

const found = (rule: string, object: FunctionObject): string[] =>
  lintFunction(JSON.parse(JSON.stringify(object)))
    .filter((finding) => finding.rule === rule)
    .map(({ path }) => path);

describe("rules for a Function that a team has", () => {
  it("have a red and a green example each", () => {
    expect(Object.keys(cases).sort()).toEqual([...ruleNames].sort());
    for (const [rule, all] of Object.entries(cases))
      expect([rule, all.some(({ green }) => green.length > 0)]).toEqual([rule, true]);
  });

  it("find nothing in one that is right", () => expect(lintFunction(JSON.parse(JSON.stringify(second())))).toEqual([]));

  const red = Object.entries(cases).flatMap(([rule, all]) => all.map((one) => [rule, one.red] as const));
  it.each(red)("%s finds what is wrong, with a reason and a way out", (rule, [object, ...paths]) => {
    expect(found(rule, object)).toEqual(paths);
    for (const finding of lintFunction(object).filter((one) => one.rule === rule))
      expect([finding.reason.length > 10, finding.next.length > 5]).toEqual([true, true]);
  });

  const green = Object.entries(cases).flatMap(([rule, all]) =>
    all.flatMap((one) => one.green.map((object) => [rule, object] as const)),
  );
  it.each(green)("%s lets pass what is right: %#", (rule, object) => {
    expect(found(rule, object)).toEqual([]);
  });
});
