import { build, first, type Loose, type RuleCase, second } from "./function-objects";

/** Functions for each rule about builds. */
export const BUILD_CASES: Readonly<Record<string, RuleCase[]>> = {
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
