import fc from "fast-check";
import type { FunctionSpec, Lane } from "../../components/function";

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
const word = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9 =/.-]{0,12}[a-zA-Z0-9])?$/);
const variableName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/).filter((one) => one !== "PORT");
const fileName = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}[a-z]$/);
const folder = fc.stringMatching(/^\/[a-z]{1,8}(\/[a-z]{1,8})?$/);
const host = fc.stringMatching(/^[a-z]{1,8}\.example(:5000)?$/);

const probe = fc.record(
  {
    path: folder,
    initialDelaySeconds: fc.nat(30),
    periodSeconds: fc.integer({ min: 1, max: 60 }),
    failureThreshold: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: [] },
);

const data = (key: fc.Arbitrary<string>) => fc.dictionary(key, word, { minKeys: 1, maxKeys: 3 });

const kept = fc.oneof(
  fc.record({ data: data(variableName) }),
  fc.record({ data: data(fileName), mountPath: fc.constant("/data/kept") }),
);

const scale = fc.record({ min: fc.nat(3), max: fc.integer({ min: 3, max: 20 }) });

const volume = fc.record({
  name: fc.constantFrom("a", "b"),
  mountPath: folder,
  source: fc.constantFrom({ configMap: { name: "files" } }, { secret: { secretName: "files" } }),
});

const sidecar = fc.constant({ name: "beside", image: "registry.example/beside:1", command: ["/bin/beside"] });

/** What no lane takes is left out by each: a Job's place by those of Shipwright, a branch by the other. */
const buildIn = (lane: Lane) =>
  build.map((one) =>
    lane !== "direct"
      ? one
      : {
          ...one,
          source: { ...one.source, revision: "v1" },
          ...(one.timeoutSeconds === undefined ? {} : { timeoutSeconds: one.timeoutSeconds + 10 }),
          job: { namespace: "builds" },
        },
  );

const build = fc.record(
  {
    dockerfile: fc.constantFrom("Dockerfile", "build/Dockerfile"),
    source: fc.record(
      {
        url: host.map((one) => `https://${one}/sources`),
        revision: fc.constantFrom("main", "v1"),
        contextDir: fc.constantFrom("functions/echo", "a"),
        credentials: fc.constant("git"),
      },
      { requiredKeys: ["url"] },
    ),
    args: fc.dictionary(variableName, word, { maxKeys: 2 }),
    registries: fc.record({ search: fc.array(host), insecure: fc.array(host), block: fc.array(host) }),
    timeoutSeconds: fc.integer({ min: 1, max: 3600 }),
  },
  { requiredKeys: ["dockerfile", "source"] },
);

const dapr = fc.record({
  states: fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.constant({ type: "state.redis", version: "v1", metadata: [{ name: "redisHost", value: "redis:6379" }] }),
    { maxKeys: 2 },
  ),
});

/** Functions with arguments that are right, of all shapes that a lane takes. */
export function functionSpecs(lane: Lane): fc.Arbitrary<FunctionSpec> {
  return fc
    .record(
      {
        lane: fc.constant(lane),
        name,
        namespace: fc.constant("functions"),
        image: fc.stringMatching(/^registry\.example\/[a-z]{1,9}:[0-9]{1,3}$/),
        imageCredentials: fc.constant("pull"),
        command: fc.tuple(fc.stringMatching(/^\/[a-z]{1,9}\.(wasm|wat)$/), word).map((words) => [...words]),
        args: fc.array(word, { maxLength: 2 }),
        http: fc.record({ port: fc.integer({ min: 1024, max: 65535 }), route: folder }, { requiredKeys: [] }),
        scale,
        env: fc.dictionary(variableName, fc.oneof(word, fc.constant({ secret: "kept", key: "word" })), { maxKeys: 3 }),
        config: kept,
        secrets: kept.map((one) => ("mountPath" in one ? { ...one, mountPath: "/data/secrets" } : one)),
        sidecars: fc.array(sidecar, { maxLength: 1 }),
        volumes: fc.uniqueArray(volume, { selector: (one) => one.name, maxLength: 2 }),
        probes: fc.record({ readiness: probe, liveness: fc.oneof(probe, fc.constant(false as const)) }),
        drainSeconds: fc.integer({ min: 0, max: 300 }),
        annotations: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), word, { maxKeys: 2 }),
        labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z0-9]{1,8}$/), { maxKeys: 2 }),
        dapr,
        build: buildIn(lane),
      },
      { requiredKeys: ["lane", "name", "namespace", "image"] },
    )
    .map((spec) => spec as FunctionSpec);
}
