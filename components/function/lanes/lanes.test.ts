import fc from "fast-check";
import { functionSpecs } from "../../../tests/support/function-specs";
import { imageBuild } from "../../image-build/job";
import type { FunctionSpec, Lane } from "../args";
import { lintFunction } from "../lint";
import { laneDifferences } from "./differences";
import { directObjects, functionAutoscaler, functionDeployment } from "./direct";
import { directBuild } from "./direct-build";
import { knativeService } from "./knative";
import { openFunction } from "./openfunction";
import { shipwrightBuild } from "./shipwright";

/** What a lane's objects come to, wherever each writes it down: what the table speaks of. */
interface View {
  template: { metadata: { labels: object; annotations: Record<string, string> }; spec: Record<string, unknown> };
  scale: Record<string, unknown>;
  route: Record<string, unknown>;
  build?: Record<string, unknown>;
}

/** The manifests are plain here, which the types of inputs do not say. */
// biome-ignore lint/suspicious/noExplicitAny: tests read where the types allow outputs
const plain = (value: unknown): any => JSON.parse(JSON.stringify(value ?? null));

const VIEWS: Readonly<Record<Lane, (spec: FunctionSpec) => View>> = {
  direct(spec) {
    const { replicas, template } = plain(functionDeployment(spec)).spec;
    const scaler = plain(functionAutoscaler(spec))?.spec;
    const [route] = plain(directObjects(spec)).filter(({ kind }: { kind: string }) => kind === "HTTPRoute");
    return {
      template,
      scale:
        scaler === undefined
          ? { min: replicas, max: replicas }
          : {
              min: scaler.minReplicas,
              max: scaler.maxReplicas,
              cpuPercent: scaler.metrics[0].resource.target.averageUtilization,
            },
      // Without a gateway it only has an address, under which the route's path is like any other.
      route: route ? routeView(route.spec.parentRefs[0], route.spec) : { path: pathOf(spec) },
      ...jobView(spec),
    };
  },
  knative(spec) {
    const { template } = plain(knativeService(spec)).spec;
    const {
      "autoscaling.knative.dev/min-scale": min,
      "autoscaling.knative.dev/max-scale": max,
      ...annotations
    } = template.metadata.annotations;
    return {
      template: { ...template, metadata: { ...template.metadata, annotations } },
      scale: { min: Number(min), max: Number(max) },
      route: {},
      ...shipwrightView(spec),
    };
  },
  openfunction(spec) {
    const { image, imageCredentials, serving, build } = plain(openFunction(spec)).spec;
    const { annotations, labels, scaleOptions, template, triggers } = serving;
    const { port, route } = triggers.http;
    // What its controller puts in; the test of the golden file holds that it does.
    const containers = template.containers.map((one: { name: string }) =>
      one.name === "function" ? { ...one, image, ports: [{ containerPort: port, protocol: "TCP" }] } : one,
    );
    const pull = imageCredentials === undefined ? {} : { imagePullSecrets: [imageCredentials] };
    return {
      template: { metadata: { labels, annotations }, spec: { ...template, ...pull, containers } },
      scale: { min: scaleOptions.minReplicas, max: scaleOptions.maxReplicas },
      route: routeView(route.gatewayRef, route),
      ...(build === undefined
        ? {}
        : { build: functionBuildView(spec, { ...build, image, push: imageCredentials?.name }) }),
    };
  },
};

// biome-ignore lint/suspicious/noExplicitAny: plain manifests are read
type Plain = any;

function jobView(spec: FunctionSpec): Pick<View, "build"> {
  const args = plain(directBuild(spec));
  if (args === null) return {};
  const { source, dockerfile, buildArgs, registries, credentials, namespace, timeoutSeconds } = args;
  return {
    build: {
      namespace,
      image: imageBuild(args).reference,
      push: credentials,
      dockerfile,
      source,
      ...listed("build-args", buildArgs && Object.entries(buildArgs).map(([name, value]) => `${name}=${value}`)),
      ...Object.fromEntries(Object.entries(registries ?? {}).map(([kind, hosts]) => [`registries-${kind}`, hosts])),
      timeoutSeconds: timeoutSeconds ?? 600,
    },
  };
}

const listed = (name: string, values: unknown): object => (values === undefined ? {} : { [name]: values });

function shipwrightView(spec: FunctionSpec): Pick<View, "build"> {
  const build = plain(shipwrightBuild(spec));
  if (build === null) return {};
  const { source, dockerfile, paramValues, output, timeout } = build.spec;
  const { url, revision, contextDir, credentials } = source;
  return {
    build: {
      namespace: build.metadata.namespace,
      image: output.image,
      push: output.credentials?.name,
      dockerfile,
      source: { url, revision, contextDir, credentials: credentials?.name },
      ...parametersView(paramValues),
      timeoutSeconds: seconds(timeout),
    },
  };
}

function functionBuildView({ namespace }: FunctionSpec, build: Plain): Record<string, unknown> {
  const { dockerfile, srcRepo, shipwright, image, push } = build;
  return {
    namespace,
    image,
    push,
    dockerfile,
    source: {
      url: srcRepo.url,
      revision: srcRepo.revision,
      contextDir: srcRepo.sourceSubPath,
      credentials: srcRepo.credentials?.name,
    },
    ...parametersView(shipwright.params),
    timeoutSeconds: seconds(shipwright.timeout),
  };
}

const parametersView = (params: { name: string; values: { value: string }[] }[] = []): object =>
  Object.fromEntries(params.map(({ name, values }) => [name, values.map(({ value }) => value)]));

const seconds = (timeout: string | undefined): number | undefined =>
  timeout === undefined ? undefined : Number(timeout.replace(/s$/, ""));

const pathOf = ({ http }: FunctionSpec): string =>
  (typeof http?.route === "string" ? http.route : http?.route?.path) ?? "/";

const routeView = (
  gateway: unknown,
  { hostnames, rules }: { hostnames?: string[]; rules: { matches: { path: { value: string } }[] }[] },
) => ({
  gateway,
  ...(hostnames === undefined ? {} : { hostnames }),
  path: rules[0]!.matches[0]!.path.value,
});

/** Every leaf by its path; members of lists go by their names, where they have one. */
function leaves(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null) return new Map([[path, JSON.stringify(value)]]);
  const entries = Array.isArray(value)
    ? value.map((one, index) => [`[${(one as { name?: string } | null)?.name ?? index}]`, one] as const)
    : Object.entries(value).map(([name, one]) => [path === "" ? name : `.${name}`, one] as const);
  return new Map(entries.flatMap(([name, one]) => [...leaves(one, path + name)]));
}

/** Paths at which two views differ. */
function differing(one: View, other: View): string[] {
  const [a, b] = [leaves(one), leaves(other)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
}

const LANES: readonly Exclude<Lane, "direct">[] = ["knative", "openfunction"];

/** Entries of the table that speak of a path. */
const entriesFor = (path: string, lane: Lane) =>
  laneDifferences.filter((entry) => {
    if (!(entry.lanes as readonly Lane[]).includes(lane)) return false;
    const pattern = entry.path.replaceAll(/[.[\]/]/g, "\\$&").replaceAll("*", "[^\\]]+");
    return new RegExp(`^${pattern}($|[.[])`).test(path);
  });

/** Between them they have everything in which lanes differ. */
const RICH: readonly FunctionSpec[] = [
  { name: "plain", namespace: "fn", image: "registry.example/a:1", command: ["/a.wasm"] },
  {
    name: "rich",
    namespace: "fn",
    image: "registry.example/a:1",
    command: ["/a.wasm"],
    imageCredentials: "pull",
    http: { route: { path: "/a", gateway: { name: "g", namespace: "g" } } },
    scale: { min: 0, max: 3, concurrency: 7 },
    env: { A: "1", B: { secret: "s", key: "k" } },
    config: { data: { a: "1" }, mountPath: "/config" },
    secrets: { data: { B: "2" } },
    sidecars: [{ name: "beside", image: "registry.example/b:1" }],
    dapr: { states: {} },
    build: {
      dockerfile: "Dockerfile",
      source: { url: "https://git.example/a", revision: "v1", contextDir: "a", credentials: "git" },
      args: { A: "1" },
      registries: { insecure: ["registry.example"] },
      job: { namespace: "builds" },
    },
  },
];

/** The lane `knative` takes no gateway of others, and Shipwright no Job's place. */
const inLane = (spec: FunctionSpec, lane: Lane): FunctionSpec => {
  const http = lane === "knative" && spec.http !== undefined ? { ...spec.http, route: pathOf(spec) } : spec.http;
  const { job: _, ...build } = spec.build ?? {};
  return {
    ...spec,
    lane,
    ...(http === undefined ? {} : { http }),
    ...(spec.build === undefined ? {} : { build: build as typeof spec.build }),
  };
};

describe("the same arguments in three lanes", () => {
  it.each(LANES)("differ from a plain Deployment by what the table says only: %s", (lane) => {
    fc.assert(
      fc.property(functionSpecs("direct"), (spec) => {
        const other = inLane(spec, lane);
        fc.pre(lintFunction(spec).length === 0 && lintFunction(other).length === 0);
        const paths = differing(VIEWS.direct(spec), VIEWS[lane](other));
        expect(paths.filter((path) => entriesFor(path, lane).length === 0)).toEqual([]);
      }),
    );
  });

  it("differ by everything that the table says", () => {
    const seen = LANES.flatMap((lane) =>
      RICH.flatMap((spec) =>
        differing(VIEWS.direct(spec), VIEWS[lane](inLane(spec, lane))).flatMap((path) =>
          entriesFor(path, lane).map((entry) => `${lane} ${entry.path}`),
        ),
      ),
    );
    const said = laneDifferences.flatMap(({ lanes, path }) => lanes.map((lane) => `${lane} ${path}`));
    expect([...new Set(seen)].sort()).toEqual([...said].sort());
  });

  it("one difference that the table does not have is found", () => {
    const spec = RICH[0]!;
    const other = VIEWS.knative({ ...spec, lane: "knative" });
    const wrong = {
      ...other,
      template: { ...other.template, spec: { ...other.template.spec, runtimeClassName: "x" } },
    };
    const paths = differing(VIEWS.direct(spec), wrong);
    expect(paths.filter((path) => entriesFor(path, "knative").length === 0)).toEqual([
      "template.spec.runtimeClassName",
    ]);
  });
});

describe("any arguments that pass the lint", () => {
  it.each(["direct", ...LANES] as const)("fix annotation, RuntimeClass and strategy: %s", (lane) => {
    fc.assert(
      fc.property(functionSpecs(lane), (spec) => {
        fc.pre(lintFunction(spec).length === 0);
        const { template } = VIEWS[lane](spec);
        expect(template.metadata.annotations["module.wasm.image/variant"]).toBe("compat-smart");
        expect(template.spec.runtimeClassName).toBe("openfunction-crun");
        if (spec.build === undefined || lane === "direct") return;
        const strategy =
          lane === "knative"
            ? plain(shipwrightBuild(spec)).spec.strategy
            : plain(openFunction(spec)).spec.build.shipwright.strategy;
        expect(strategy).toEqual({ name: "wasmedge", kind: "ClusterBuildStrategy" });
      }),
    );
  });

  it("let the user's own strategy, annotation and RuntimeClass win", () => {
    const spec: FunctionSpec = {
      ...RICH[0]!,
      lane: "openfunction",
      annotations: { "module.wasm.image/variant": "compat" },
      runtimeClassName: "wasm",
      build: {
        dockerfile: "Dockerfile",
        source: { url: "https://git.example/a" },
        strategy: { name: "own", kind: "BuildStrategy" },
      },
    };
    const { metadata, spec: function_ } = plain(openFunction(spec));
    expect(metadata.annotations).toEqual({ "module.wasm.image/variant": "compat" });
    expect(function_.serving.annotations).toEqual({ "module.wasm.image/variant": "compat" });
    expect(function_.serving.template.runtimeClassName).toBe("wasm");
    expect(function_.build.shipwright.strategy).toEqual({ name: "own", kind: "BuildStrategy" });
    expect(plain(shipwrightBuild(spec)).spec.strategy).toEqual({ name: "own", kind: "BuildStrategy" });
  });
});
