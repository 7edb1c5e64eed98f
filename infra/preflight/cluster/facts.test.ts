import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { clusterFacts } from "./facts";
import { ClusterRefusedError, clusterPreflight } from "./index";

/** Answers by path; what is missing is 404, a number is a status. */
type Answers = Record<string, unknown>;

const kubeconfigOf = (port: number): string =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });

interface Asked {
  methods: Set<string>;
  metadataOnly: string[];
}

async function served<T>(answers: Answers, body: (kubeconfig: string, asked: Asked) => Promise<T>): Promise<T> {
  const asked: Asked = { methods: new Set(), metadataOnly: [] };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://cluster");
    const page = searchParams.get("continue");
    const answer = answers[page === null ? pathname : `${pathname}#${page}`] ?? 404;
    asked.methods.add(request.method ?? "");
    if (request.headers.accept?.includes("PartialObjectMetadataList")) asked.metadataOnly.push(pathname);
    // A server that says nothing at all.
    if (answer === "silence") return;
    if (typeof answer === "number") response.writeHead(answer);
    response.end(JSON.stringify(typeof answer === "number" ? { kind: "Status", code: answer } : answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await body(kubeconfigOf((server.address() as AddressInfo).port), asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const meta = (name: string, metadata: object = {}, rest: object = {}): object => ({
  metadata: { name, ...metadata },
  ...rest,
});
const list = (...items: object[]): object => ({ items });

const EMPTY: Answers = {
  "/version": { gitVersion: "v1.34.4" },
  [CRDS]: list(),
  "/api/v1/namespaces": list(),
  "/apis/storage.k8s.io/v1/storageclasses": list(),
  "/api/v1/nodes": list(),
  "/api/v1/services": list(),
};

test("a cluster with nothing on it", async () => {
  await served(EMPTY, async (kubeconfig, { methods, metadataOnly }) => {
    expect(await clusterFacts(kubeconfig)).toEqual({
      version: "v1.34.4",
      definitions: [],
      namespaces: [],
      served: [],
      strategies: [],
      storageClasses: [],
      nodes: [],
      loadBalancer: "",
      forbidden: [],
    });
    expect([...methods]).toEqual(["GET"]);
    // Whole definitions are megabytes.
    expect(metadataOnly).toContain(CRDS);
  });
});

test.each([
  ["our marker", { annotations: { "ofwasm.dev/stack": "p/s" } }, { marker: "p/s", owner: "stack p/s" }],
  [
    "Helm's notes",
    {
      labels: { "app.kubernetes.io/managed-by": "Helm" },
      annotations: { "meta.helm.sh/release-name": "keda", "meta.helm.sh/release-namespace": "scaling" },
    },
    { owner: "Helm release keda in namespace scaling" },
  ],
  ["a label", { labels: { "app.kubernetes.io/managed-by": "argocd" } }, { owner: "managed by argocd" }],
  [
    "who wrote it",
    {
      managedFields: [
        { manager: "kubectl-create" },
        { manager: "kube-apiserver", subresource: "status" },
        { manager: "kube-apiserver" },
      ],
    },
    { owner: "written by kubectl-create" },
  ],
  ["nothing", {}, {}],
  ["a deletion that goes on", { deletionTimestamp: "2026-01-01T00:00:00Z" }, { leaving: true }],
])("an object's owner is told by %s", async (_, metadata, expected) => {
  const facts = await served({ ...EMPTY, [CRDS]: list(meta("a.b", metadata)) }, (kubeconfig) =>
    clusterFacts(kubeconfig),
  );
  expect(facts.definitions).toEqual([
    { name: "a.b", marker: undefined, owner: undefined, leaving: false, ...expected },
  ]);
});

test("levels of namespaces, kinds without their subresources, classes, machines; lists in pages", async () => {
  const answers = {
    ...EMPTY,
    "/api/v1/namespaces": { metadata: { continue: "two" }, items: [meta("a")] },
    "/api/v1/namespaces#two": list(meta("b", { labels: { "pod-security.kubernetes.io/enforce": "restricted" } })),
    "/apis/tekton.dev/v1beta1": {
      resources: [
        { name: "taskruns", kind: "TaskRun" },
        { name: "taskruns/status", kind: "TaskRun" },
      ],
    },
    "/apis/shipwright.io/v1alpha1/clusterbuildstrategies": list(meta("wasmedge")),
    "/apis/storage.k8s.io/v1/storageclasses": list(
      meta("fast", { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } }),
    ),
    "/api/v1/nodes": list(meta("n", {}, { status: { nodeInfo: { architecture: "arm64" } } })),
  };
  const facts = await served(answers, (kubeconfig) => clusterFacts(kubeconfig));
  expect(facts).toMatchObject({
    namespaces: [{ name: "a" }, { name: "b", enforces: "restricted" }],
    served: ["tekton.dev/v1beta1 TaskRun"],
    strategies: ["wasmedge"],
    storageClasses: [{ name: "fast", isDefault: true }],
    nodes: [{ name: "n", architecture: "arm64" }],
  });
});

const service = (spec: object, ingress: object[]): object =>
  meta("web", { namespace: "shop" }, { spec, status: { loadBalancer: { ingress } } });
const node = (providerID?: string): object => meta("n", {}, { spec: { providerID } });

test.each([
  ["Service shop/web has an address", [], [service({ type: "LoadBalancer" }, [{ ip: "192.0.2.1" }])]],
  ["machines of aws", [node("aws:///eu/i-1")], []],
  ["", [node("kind://docker/kind/one")], [service({ type: "LoadBalancer" }, [])]],
  ["", [node()], [service({ type: "NodePort" }, [])]],
])("evidence of a load balancer: %j", async (evidence, nodes, services) => {
  const answers = { ...EMPTY, "/api/v1/nodes": list(...nodes), "/api/v1/services": list(...services) };
  expect((await served(answers, (kubeconfig) => clusterFacts(kubeconfig))).loadBalancer).toBe(evidence);
});

test("what the user may not ask is named, and the rest is known", async () => {
  const answers = { ...EMPTY, "/api/v1/nodes": 403, "/readyz": {} };
  const facts = await served(answers, (kubeconfig) => clusterFacts(kubeconfig));
  expect(facts).toMatchObject({ forbidden: ["Nodes"], definitions: [] });
  expect([facts.nodes, facts.loadBalancer]).toEqual([undefined, undefined]);
});

const PLAN = {
  marker: "p/s",
  layers: ["keda" as const],
  existing: ["dapr" as const],
  objects: {},
  owned: new Set<string>(),
  envoyService: "NodePort" as const,
  openfunction: "1.2.0",
};

test("refusals end it, in one message with the warnings", async () => {
  const answers = { ...EMPTY, "/api/v1/namespaces": list(meta("keda")), "/api/v1/nodes": 403, "/readyz": {} };
  const refused = await served(answers, (kubeconfig) => clusterPreflight(kubeconfig, PLAN)).catch((error) => error);
  expect(refused).toBeInstanceOf(ClusterRefusedError);
  expect(refused.message).toMatch(/nothing was changed:\n {2}- .*Namespace keda.*\n {2}- .*dapr.*\n {2}- Nodes/);
});

test("a drawback alone is told and ends nothing", async () => {
  const answers = { ...EMPTY, "/api/v1/nodes": 403, "/readyz": {} };
  const plan = { ...PLAN, existing: [] };
  expect(await served(answers, (kubeconfig) => clusterPreflight(kubeconfig, plan))).toEqual([
    expect.stringMatching(/^Nodes: /),
  ]);
});

test("a cluster that is gone, or says nothing, is no reason to refuse; it is said", async () => {
  expect(await clusterPreflight(kubeconfigOf(1), PLAN)).toEqual([
    expect.stringMatching(/^the cluster was not checked before the run: .*127\.0\.0\.1:1/),
  ]);
  const begun = Date.now();
  await served({ ...EMPTY, [CRDS]: "silence" }, async (kubeconfig) => {
    await expect(clusterFacts(kubeconfig, 300)).rejects.toThrow(/abort|timeout/i);
  });
  expect(Date.now() - begun).toBeLessThan(5_000);
});
