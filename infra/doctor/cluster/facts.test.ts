import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { DeclaredObject } from "../declared";
import { clusterFacts } from "./facts";

let server: Server;
let asked: string[];

/** Answers by path; `undefined`: not found; a number: that status. */
async function cluster(answers: Record<string, unknown>): Promise<string> {
  asked = [];
  server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    asked.push(`${request.method} ${path}`);
    const answer = answers[path] ?? 404;
    if (typeof answer === "number") response.writeHead(answer);
    response.end(JSON.stringify(typeof answer === "number" ? { kind: "Status", code: answer } : answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const LISTS = {
  "/version": {},
  "/api/v1/nodes": { items: [{ metadata: { name: "a" } }] },
  "/apis/apiregistration.k8s.io/v1/apiservices": { items: [] },
  "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": { items: [{ metadata: { name: "v" } }] },
  "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": { items: [{ metadata: { name: "m" } }] },
  "/apis/discovery.k8s.io/v1/endpointslices": { items: [] },
  "/api/v1/pods": { items: [] },
};

const KINDS = {
  "/api/v1": { resources: [{ name: "services", kind: "Service", namespaced: true }] },
  "/apis/node.k8s.io/v1": { resources: [{ name: "runtimeclasses", kind: "RuntimeClass", namespaced: false }] },
};

const object = (apiVersion: string, kind: string, name: string, namespace?: string): DeclaredObject => ({
  apiVersion,
  kind,
  name,
  namespace,
  body: {},
});

test("each object is looked for, by the names that the cluster has for its kind, and nothing but looked for", async () => {
  const kubeconfig = await cluster({
    ...LISTS,
    ...KINDS,
    "/api/v1/namespaces/ns/services/there": { kind: "Service" },
  });
  const declared = [
    object("v1", "Service", "there", "ns"),
    object("v1", "Service", "gone", "ns"),
    object("node.k8s.io/v1", "RuntimeClass", "wasm"),
    object("nobody.example.org/v1", "Thing", "x"),
  ];
  const { objects, silent, forbidden } = await clusterFacts(kubeconfig, declared);
  expect({ silent, forbidden }).toEqual({ silent: undefined, forbidden: [] });
  expect(objects.map(({ declared: { name }, live }) => [name, live !== undefined])).toEqual([
    ["there", true],
    ["gone", false],
    ["wasm", false],
    ["x", false],
  ]);
  expect(asked.filter((line) => !line.startsWith("GET "))).toEqual([]);
});

test("lists are asked for as a whole, and what is forbidden is named", async () => {
  const kubeconfig = await cluster({ ...LISTS, "/api/v1/pods": 403 });
  const { nodes, webhooks, pods, forbidden } = await clusterFacts(kubeconfig, []);
  expect(nodes).toHaveLength(1);
  expect(webhooks).toHaveLength(2);
  expect(pods).toBeUndefined();
  expect(forbidden).toEqual(["pods"]);
});

test("a cluster that does not answer, or not to everything, says so", async () => {
  const kubeconfig = await cluster({ ...LISTS, "/api/v1/nodes": 500 });
  expect((await clusterFacts(kubeconfig, [])).silent).toBeTruthy();
  server.closeAllConnections();
  server.close();
  expect((await clusterFacts(kubeconfig, [])).silent).toMatch(/cannot reach the Kubernetes API server/);
});
