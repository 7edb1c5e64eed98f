import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { platformTable } from "./platform";

/** Replicas that are wanted and ready, by the Deployment's name. */
type Cluster = Record<string, [wanted: number, ready?: number]>;

function kubeconfigOf(port: number): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

async function tableOf(names: string[], cluster: Cluster, withheld: string[] = []) {
  const server = createServer((request, response) => {
    const [replicas, readyReplicas] = cluster[request.url?.split("/").at(-1) ?? ""] ?? [];
    if (replicas === undefined) response.writeHead(404);
    response.end(
      JSON.stringify({ kind: "Status", code: 404, reason: "NotFound", spec: { replicas }, status: { readyReplicas } }),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  try {
    const workloads = names.map((name) => `Deployment ns/${name}`);
    return await platformTable({ platform: { workloads, withheld } }, async () => kubeconfigOf(port));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a stack without a platform has no line, and its kubeconfig is not asked for", async () => {
  const refuse = async (): Promise<string> => {
    throw new Error("asked");
  };
  expect(await platformTable({}, refuse)).toEqual({ text: "", allWell: true });
});

test("all is well when every controller has its replicas", async () => {
  expect(await tableOf(["one", "asleep"], { one: [2, 2], asleep: [0] })).toEqual({
    text: "ns/one   Ready   2 of 2 replicas\nns/asleep   Ready   0 of 0 replicas\n",
    allWell: true,
  });
});

test.each([
  ["does not run", ["one"], { one: [2, 1] }, [], /^ns\/one +Unready +1 of 2 replicas\n$/],
  ["is gone", ["one", "two"], { one: [1, 1] }, [], /ns\/two +Missing/],
  ["was left out", ["one"], { one: [1, 1] }, ["ValidatingWebhookConfiguration/judge"], /judge +Withheld/],
] as const)("what %s is named, and is no success", async (_, names, cluster, withheld, line) => {
  const table = await tableOf([...names], cluster as unknown as Cluster, [...withheld]);
  expect(table).toMatchObject({ allWell: false });
  expect(table.text).toMatch(line);
});

test("a cluster that does not answer is a line too, and leaves the rest of the status alone", async () => {
  const table = await platformTable({ platform: { workloads: ["Deployment ns/one"], withheld: [] } }, async () =>
    kubeconfigOf(1),
  );
  expect(table.allWell).toBe(false);
  expect(table.text).toMatch(/^platform +Unknown +.*127\.0\.0\.1:1/);
});
