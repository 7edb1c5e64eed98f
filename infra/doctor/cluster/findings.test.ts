import { selfSigned } from "../../../tests/support/certificate";
import type { DeclaredObject, DeclaredStack } from "../declared";
import type { ObservedCluster } from "./facts";
import { clusterFindings } from "./findings";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;

const KUBECONFIG = JSON.stringify({
  clusters: [{ name: "c", cluster: { server: "https://192.0.2.1:6443" } }],
  users: [{ name: "u", user: {} }],
  contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  "current-context": "x",
});

const stack: DeclaredStack = {
  stack: "dev",
  machines: [],
  objects: [],
  kubeconfig: KUBECONFIG,
  makers: new Map(),
  withheld: [],
};

const declaredOf = (kind: string, name: string, body: object = {}): DeclaredObject => ({
  apiVersion: "v1",
  kind,
  name,
  body: { kind, metadata: { name }, ...body } as DeclaredObject["body"],
});

const judged = (observed: Partial<ObservedCluster>, of: Partial<DeclaredStack> = {}) =>
  clusterFindings({ ...stack, ...of }, { objects: [], forbidden: [], ...observed }, NOW);

const judgedObject = (declared: DeclaredObject, live: unknown, of: Partial<DeclaredStack> = {}) =>
  judged({ objects: [{ declared, live: live as DeclaredObject["body"] | undefined }] }, of);

const FIX = { mend: "npm run doctor -- --fix --stack dev", fixable: true };

describe("an object that the stack declares", () => {
  const runtimeClass = declaredOf("RuntimeClass", "wasm", {
    handler: "crun",
    scheduling: { nodeSelector: { a: "b" } },
  });
  const node = declaredOf("Node", "a", { metadata: { name: "a", labels: { "ofwasm.dev/wasmedge": "proved" } } });

  test("that is there as it was declared, with more that others added, is no finding", () => {
    expect(judgedObject(runtimeClass, { ...runtimeClass.body, more: 1 })).toEqual([]);
    const labels = { "ofwasm.dev/wasmedge": "proved", other: "x" };
    expect(judgedObject(node, { kind: "Node", metadata: { name: "a", labels } })).toEqual([]);
  });

  test("that is gone is found, and doctor makes it again", () => {
    expect(judgedObject(runtimeClass, undefined)).toEqual([
      expect.objectContaining({ severity: "error", where: "RuntimeClass wasm", found: "not there", ...FIX }),
    ]);
  });

  test.each([
    ["a class for another handler", runtimeClass, { ...runtimeClass.body, handler: "runc" }, "handler", '"runc"'],
    [
      "a class for other nodes",
      runtimeClass,
      { ...runtimeClass.body, scheduling: {} },
      "scheduling.nodeSelector.a",
      "nothing",
    ],
    [
      "a node without its label",
      node,
      { kind: "Node", metadata: { name: "a" } },
      "metadata.labels.ofwasm.dev/wasmedge",
      "nothing",
    ],
  ])("%s is found by the field", (_, declared, live, what, found) => {
    expect(judgedObject(declared, live)).toEqual([expect.objectContaining({ what, found, ...FIX })]);
  });

  test("that Kubernetes removes in its time is not missed", () => {
    const token = declaredOf("Secret", "bootstrap-token-x", { type: "bootstrap.kubernetes.io/token" });
    const job = declaredOf("Job", "once", { spec: { ttlSecondsAfterFinished: 60 } });
    expect([token, job].flatMap((one) => judgedObject(one, undefined))).toEqual([]);
    expect(judgedObject(declaredOf("Job", "kept"), undefined)).toHaveLength(1);
  });

  test.each([
    ["Deployment", { spec: { replicas: 2 }, status: { readyReplicas: 1 } }, "1"],
    ["StatefulSet", { spec: { replicas: 1 }, status: {} }, "0"],
    ["DaemonSet", { status: { desiredNumberScheduled: 3, numberReady: 2 } }, "2"],
  ])("a %s with too few ready pods is found", (kind, live, found) => {
    const declared = { ...declaredOf(kind, "one"), namespace: "ns" };
    const [finding, ...more] = judgedObject(declared, live);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ where: `${kind} ns/one`, found, fixable: false });
    expect(finding?.mend).toContain(`kubectl -n ns describe ${kind.toLowerCase()} one`);
    const ready = { spec: { replicas: 0 }, status: { desiredNumberScheduled: 0 } };
    expect(judgedObject(declared, ready)).toEqual([]);
  });

  describe("with a certificate", () => {
    const secret = (pem: string) => ({
      metadata: { namespace: "ns", name: "tls" },
      data: { "tls.crt": Buffer.from(pem).toString("base64"), "tls.key": "!" },
    });
    const declared = { ...declaredOf("Secret", "tls"), namespace: "ns" };

    test("that is good for long is no finding; one that ends soon is, with who makes it anew", async () => {
      const long = await selfSigned(new Date(NOW + 300 * DAY));
      const short = await selfSigned(new Date(NOW + 20 * DAY));
      expect(judgedObject(declared, secret(long))).toEqual([]);
      const made = judgedObject(declared, secret(short), { makers: new Map([[short.trim(), "dapr-made"]]) });
      expect(made).toEqual([
        expect.objectContaining({
          severity: "warning",
          what: "certificate tls.crt",
          found: "runs out on 2026-01-21",
          mend: "npm run up -- --stack dev --replace dapr-made",
        }),
      ]);
      const [other] = judgedObject(declared, secret(short));
      expect(other?.mend).toBe("kubectl -n ns delete secret tls");
    });

    test("that is none is an error", () => {
      const [finding] = judgedObject(declared, secret("nonsense"));
      expect(finding).toMatchObject({ severity: "error", found: "no readable certificate" });
    });
  });
});

const conditions = (type: string, status: string, message = "") => ({ conditions: [{ type, status, message }] });

const hook = (failurePolicy: string) => ({
  metadata: { name: "judge" },
  webhooks: [{ name: "judge.example.org", failurePolicy, clientConfig: { service: { namespace: "ns", name: "svc" } } }],
});
const slice = (ready: boolean) => ({
  metadata: { namespace: "ns", name: "svc-1", labels: { "kubernetes.io/service-name": "svc" } },
  endpoints: [{ conditions: { ready } }],
});
const waiting = (reason: string, image: string) => ({
  metadata: { namespace: "ns", name: "pod" },
  spec: { nodeName: "a" },
  status: { containerStatuses: [{ name: "c", image, state: { waiting: { reason, message: "no such host" } } }] },
});

describe("the cluster", () => {
  test("that is well gives no finding", () => {
    const observed = {
      nodes: [{ metadata: { name: "a" }, status: conditions("Ready", "True") }],
      apiServices: [{ metadata: { name: "v1." }, status: conditions("Available", "True") }],
      webhooks: [hook("Fail")],
      endpointSlices: [slice(true)],
      pods: [waiting("ContainerCreating", "image:1")],
    };
    expect(judged(observed as unknown as Partial<ObservedCluster>)).toEqual([]);
  });

  test.each([
    [
      "a node that is not Ready",
      { nodes: [{ metadata: { name: "a" }, status: conditions("Ready", "Unknown", "no word") }] },
      "error",
      /^Node a$/,
      /no word/,
    ],
    [
      "a cordoned node",
      { nodes: [{ metadata: { name: "a" }, spec: { unschedulable: true }, status: conditions("Ready", "True") }] },
      "warning",
      /^Node a$/,
      /cordoned/,
    ],
    [
      "an API without a server",
      { apiServices: [{ metadata: { name: "v1.x" }, status: conditions("Available", "False", "no endpoints") }] },
      "error",
      /^APIService v1.x$/,
      /no endpoints/,
    ],
    [
      "a webhook that nobody answers",
      { webhooks: [hook("Fail")], endpointSlices: [slice(false)] },
      "error",
      /judge$/,
      /nothing/,
    ],
    ["one that may be silent", { webhooks: [hook("Ignore")], endpointSlices: [] }, "warning", /judge$/, /nothing/],
    [
      "an image that is not to be had",
      { pods: [waiting("ImagePullBackOff", "dead.example.org/x:1")] },
      "error",
      /^Pod ns\/pod$/,
      /ImagePullBackOff: no such host/,
    ],
    ["a list that is forbidden", { forbidden: ["pods"] }, "warning", /^the cluster$/, /forbidden/],
  ])("%s is found once", (_, observed, severity, where, found) => {
    const findings = judged(observed as unknown as Partial<ObservedCluster>);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity });
    expect(findings[0]?.where).toMatch(where);
    expect(findings[0]?.found).toMatch(found);
  });

  test("what the stack brought to the machines itself, doctor brings again", () => {
    const pods = (image: string) => ({ pods: [waiting("ErrImageNeverPull", image)] }) as unknown as ObservedCluster;
    expect(judged(pods("ofwasm.local/http-server:1"))).toMatchObject([FIX]);
    expect(judged(pods("dead.example.org/x:1"))).toMatchObject([{ fixable: false }]);
  });

  test("that does not answer is a finding, and so is what was left out of it", () => {
    const findings = judged({ silent: "refused" }, { withheld: ["ValidatingWebhookConfiguration/judge"] });
    expect(findings).toMatchObject([
      { severity: "error", where: "the cluster", found: "refused", ...FIX },
      { severity: "warning", where: "ValidatingWebhookConfiguration judge", fixable: false },
    ]);
  });

  test("whose administrator's certificate runs out is found before nobody gets in", async () => {
    const pem = await selfSigned(new Date(NOW + 3 * DAY));
    const config = JSON.parse(KUBECONFIG) as { users: { user: object }[] };
    config.users[0]!.user = { "client-certificate-data": Buffer.from(pem).toString("base64") };
    expect(judged({}, { kubeconfig: JSON.stringify(config) })).toMatchObject([
      { severity: "error", where: "the stack's kubeconfig", found: "runs out on 2026-01-04" },
    ]);
  });
});
