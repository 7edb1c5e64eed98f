import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { FunctionSpec } from "../args";
import { lintFunction } from "../lint";
import { functionNamespace } from "../namespace";
import { functionAutoscaler, functionDeployment, functionService } from "./direct";

const SAMPLE: FunctionSpec = {
  name: "http-server",
  namespace: "functions",
  image: "ofwasm.local/http-server:0123456789ab",
  command: ["/wasmedge_hyper_server.wasm"],
};

/** The manifests are plain here, which the types of inputs do not say. */
// biome-ignore lint/suspicious/noExplicitAny: tests read where the types allow outputs
const plain = (value: unknown): any => JSON.parse(JSON.stringify(value));
const template = (spec: FunctionSpec) => plain(functionDeployment(spec)).spec.template;
const container = (spec: FunctionSpec) => template(spec).spec.containers[0];

describe("functionDeployment", () => {
  it("has the pod fields that OpenFunction sets for a wasm function", () => {
    // From OpenFunction 1.2.0's own controller, for the same function.
    expect(template(SAMPLE)).toMatchObject({
      metadata: { annotations: { "module.wasm.image/variant": "compat-smart" } },
      spec: {
        runtimeClassName: "openfunction-crun",
        containers: [
          {
            name: "function",
            command: ["/wasmedge_hyper_server.wasm"],
            imagePullPolicy: "IfNotPresent",
            ports: [{ containerPort: 8080, protocol: "TCP" }],
            livenessProbe: { tcpSocket: { port: 8080 } },
          },
        ],
      },
    });
  });

  it("asks for nothing that Pod Security `restricted` forbids, in a namespace that enforces it", () => {
    const { spec } = template(SAMPLE);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(spec).toMatchObject({ enableServiceLinks: false, automountServiceAccountToken: false });
    expect(plain(functionNamespace("fn")).metadata).toEqual({
      name: "fn",
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
  });

  it("stops within the drain and a second, and drains only where it is wanted", () => {
    expect(template(SAMPLE).spec.terminationGracePeriodSeconds).toBe(2);
    expect(container(SAMPLE).lifecycle).toEqual({ preStop: { sleep: { seconds: 1 } } });
    const atOnce = { ...SAMPLE, drainSeconds: 0 };
    expect(template(atOnce).spec.terminationGracePeriodSeconds).toBe(1);
    expect(container(atOnce)).not.toHaveProperty("lifecycle");
  });

  it("keeps the old pod until the new one is ready", () => {
    expect(plain(functionDeployment(SAMPLE)).spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  });

  it("probes over HTTP when it is given a path, else over TCP, and never by a command", () => {
    const byPath = { readiness: { path: "/" }, liveness: { path: "/" } };
    const path = container({ ...SAMPLE, http: { port: 9000 }, probes: byPath });
    expect(path.readinessProbe).toMatchObject({ httpGet: { path: "/", port: 9000 }, periodSeconds: 1 });
    expect(path.livenessProbe).toMatchObject({ httpGet: { path: "/", port: 9000 } });
    expect(container({ ...SAMPLE, http: { port: 9000 } }).readinessProbe).toMatchObject({ tcpSocket: { port: 9000 } });
  });

  it("leaves the command to the image when there is none", () => {
    const { command: _, ...spec } = SAMPLE;
    expect(container(spec)).not.toHaveProperty("command");
  });

  it("lets the user's annotation win, as OpenFunction does", () => {
    const annotations = { "module.wasm.image/variant": "compat", team: "a" };
    expect(template({ ...SAMPLE, annotations }).metadata.annotations).toEqual(annotations);
  });
});

test("the pods are found, whatever labels are given", () => {
  const labels = { "app.kubernetes.io/name": "other", team: "a" };
  const { selector, template: pods } = plain(functionDeployment({ ...SAMPLE, labels })).spec;
  expect(pods.metadata.labels).toEqual({ ...selector.matchLabels, team: "a" });
  expect(plain(functionService(SAMPLE)).spec.selector).toEqual(selector.matchLabels);
});

describe("functionService", () => {
  it("serves port 80 inside the cluster", () => {
    expect(plain(functionService(SAMPLE)).spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ port: 80, targetPort: 8080 }],
    });
  });

  it("opens the port that is asked for on machines", () => {
    const spec = { ...SAMPLE, http: { service: { type: "NodePort", port: 8000, nodePort: 30080 } } } as const;
    expect(plain(functionService(spec)).spec).toMatchObject({
      type: "NodePort",
      ports: [{ port: 8000, targetPort: 8080, nodePort: 30080 }],
    });
  });
});

test("a namespace of functions with Dapr admits its sidecar, whose capabilities the injector does not drop", () => {
  const level = (...args: Parameters<typeof functionNamespace>): string =>
    plain(functionNamespace(...args)).metadata.labels["pod-security.kubernetes.io/enforce"];
  expect([level("fn"), level("fn", "direct", { dapr: true })]).toEqual(["restricted", "baseline"]);
});

describe("functionAutoscaler", () => {
  const scaled = { ...SAMPLE, scale: { min: 0, max: 3, cpuPercent: 50 } };

  it("keeps one pod at least, with which the Deployment begins", () => {
    const { spec } = plain(functionAutoscaler(scaled));
    expect(spec).toMatchObject({ minReplicas: 1, maxReplicas: 3, scaleTargetRef: { name: "http-server" } });
    expect(spec.metrics[0].resource.target).toEqual({ type: "Utilization", averageUtilization: 50 });
    expect(plain(functionDeployment(scaled)).spec.replicas).toBe(1);
    expect(plain(functionDeployment({ ...scaled, scale: { min: 2 } })).spec.replicas).toBe(2);
  });

  it("is not made for a number of pods", () => {
    expect(functionAutoscaler({ ...SAMPLE, replicas: 2 })).toBeUndefined();
    expect(plain(functionDeployment({ ...SAMPLE, replicas: 0 })).spec.replicas).toBe(0);
  });
});

describe("any function that passes the lint", () => {
  const spec: fc.Arbitrary<FunctionSpec> = fc.record(
    {
      name: fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/),
      namespace: fc.constant("functions"),
      image: fc.constant("registry.example/a:1"),
      command: fc.tuple(fc.stringMatching(/^\/[a-z]{1,9}\.(wasm|wat)$/), fc.string()).map((words) => [...words]),
      http: fc.record({ port: fc.integer({ min: 1024, max: 65535 }) }),
      env: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), fc.string()),
      annotations: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string()),
      drainSeconds: fc.integer({ min: 0, max: 300 }),
    },
    { requiredKeys: ["name", "namespace", "image"] },
  );

  it("is found by its service, listens where it is asked, and is sent to a machine that runs WebAssembly", () => {
    fc.assert(
      fc.property(spec, (one) => {
        fc.pre(lintFunction(one).length === 0);
        const deployment = plain(functionDeployment(one)).spec;
        const service = plain(functionService(one)).spec;
        const [only] = deployment.template.spec.containers;
        expect(deployment.template.metadata.labels).toMatchObject(deployment.selector.matchLabels);
        expect(service.selector).toEqual(deployment.selector.matchLabels);
        expect(service.ports[0].targetPort).toBe(only.ports[0].containerPort);
        const variables = only.env.map(({ name }: { name: string }) => name);
        expect(new Set(variables).size).toBe(variables.length);
        expect(only.env[0]).toEqual({ name: "PORT", value: String(only.ports[0].containerPort) });
        expect(only.readinessProbe.tcpSocket.port).toBe(only.ports[0].containerPort);
        expect(deployment.template.spec.runtimeClassName).toBe("openfunction-crun");
        expect(deployment.template.metadata.annotations["module.wasm.image/variant"]).toBe("compat-smart");
        // Kubernetes refuses a sleep that is longer than the grace period.
        expect(deployment.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(one.drainSeconds ?? 1);
      }),
    );
  });
});

test("the sample's image and the function agree on the module's place", () => {
  const dockerfile = readFileSync(join(__dirname, "../../../samples/http-server/Dockerfile"), "utf8");
  expect(dockerfile).toContain('ENTRYPOINT [ "/wasmedge_hyper_server.wasm" ]');
  expect(dockerfile).toMatch(/^STOPSIGNAL SIGKILL$/m);
});
