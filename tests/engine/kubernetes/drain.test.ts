import { spawn } from "node:child_process";
import { join } from "node:path";
import type { DrainRequest } from "../../../components/cluster";
import { at, type Properties, textAt } from "../../../infra/toolchain/plugins/kubernetes/values";
import { eventually } from "../../support/eventually";
import { change, describeWithCluster, live, make, TEST_MS } from "./cluster";
import { ownCommand } from "./own-command";

const PODS = "/api/v1/namespaces/default/pods";
const BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

/** No kubelet and no controller is there: what they would do, tests do. */
describeWithCluster("a node whose machine leaves", (cluster) => {
  const request = (node: string, timeoutSeconds = 60): DrainRequest => ({
    kubeconfig: cluster().kubeconfig,
    node,
    timeoutSeconds,
  });
  const drain = (node: string, timeoutSeconds?: number, heard?: (text: string) => void) =>
    ownCommand("ofwasm-drain", request(node, timeoutSeconds), heard);
  const unschedulable = async (node: string): Promise<unknown> =>
    at(await live(cluster(), `/api/v1/nodes/${node}`), "spec", "unschedulable");

  async function addNode(name: string, ready = "True"): Promise<void> {
    await make(cluster(), "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name } });
    const conditions = [{ type: "Ready", status: ready, reason: "Test", lastTransitionTime: null }];
    await change(cluster(), `/api/v1/nodes/${name}/status`, { status: { conditions } });
  }

  async function addPod(name: string, node: string, metadata: Properties = {}, phase = "Running"): Promise<void> {
    const containers = [{ name: "main", image: "registry.example/main:1" }];
    const spec = { nodeName: node, containers, automountServiceAccountToken: false };
    const labels = { app: name };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, labels, ...metadata }, spec } as Properties;
    await eventually(
      async () => make(cluster(), PODS, pod).catch((error: Error) => error.message),
      // A namespace's account takes a moment in a cluster that has just begun.
      (made) => typeof made !== "string",
    );
    // A budget that has its fill guards ready pods alone.
    const conditions = [{ type: "Ready", status: phase === "Running" ? "True" : "False" }];
    await change(cluster(), `${PODS}/${name}/status`, { status: { phase, conditions } });
  }

  /** A budget as its controller leaves it. */
  async function addBudget(name: string, disruptionsAllowed: number): Promise<void> {
    const spec = { minAvailable: 1, selector: { matchLabels: { app: name } } };
    await make(cluster(), BUDGETS, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name }, spec });
    await allow(name, disruptionsAllowed);
  }
  const allow = (name: string, disruptionsAllowed: number): Promise<Properties> =>
    change(cluster(), `${BUDGETS}/${name}/status`, {
      status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 },
    });

  const pod = (name: string): Promise<Properties | undefined> => live(cluster(), `${PODS}/${name}`);
  const isEnding = async (name: string): Promise<boolean> =>
    textAt(await pod(name), "metadata", "deletionTimestamp") !== undefined;
  /** What a kubelet does with a pod that was told to end. */
  async function end(name: string): Promise<void> {
    await eventually(() => isEnding(name), Boolean);
    const options = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 };
    await cluster().client.call({ method: "DELETE", path: `${PODS}/${name}`, body: options });
  }
  /** What a pod of a DaemonSet says of itself. */
  async function ofDaemonSet(name: string): Promise<Properties> {
    const [apiVersion, kind] = ["apps/v1", "DaemonSet"];
    const labels = { app: name };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "main", image: "registry.example/main:1" }] },
    };
    const spec = { selector: { matchLabels: labels }, template };
    const made = await make(cluster(), "/apis/apps/v1/namespaces/default/daemonsets", {
      apiVersion,
      kind,
      metadata: { name },
      spec,
    });
    const uid = textAt(made, "metadata", "uid")!;
    return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] };
  }

  test(
    "takes no more pods, and loses those that can run elsewhere, each as soon as its budget allows",
    async () => {
      await addNode("leaving");
      await addNode("staying");
      await addPod("held", "leaving");
      await addBudget("held", 0);
      await addPod("free", "leaving");
      await addPod("of-daemon", "leaving", await ofDaemonSet("owner"));
      await addPod("static", "leaving", { annotations: { "kubernetes.io/config.mirror": "1" } });
      await addPod("finished", "leaving", {}, "Succeeded");
      await addPod("elsewhere", "staying");

      let printed = "";
      const draining = drain("leaving", undefined, (text) => {
        printed = text;
      });
      await end("free");
      expect(await unschedulable("leaving")).toBe(true);
      const refused = /default\/held: .*disruption budget held needs 1 healthy pods/;
      const said = await eventually(
        async () => printed,
        (text) => refused.test(text),
      );
      expect(said).toMatch(refused);
      expect(await isEnding("held")).toBe(false);
      await allow("held", 1);
      await end("held");
      const { code, text } = await draining;
      expect([code, text]).toEqual([0, expect.stringContaining("2 pod(s) left node leaving before its machine goes")]);
      expect(text).toContain("default/free belongs to no controller: it does not come back elsewhere");
      for (const name of ["of-daemon", "static", "finished", "elsewhere"])
        expect([name, await isEnding(name)]).toEqual([name, false]);
      expect(await unschedulable("staying")).toBeUndefined();
    },
    TEST_MS,
  );

  test(
    "stays when something is left on it after the deadline: each is named with what keeps it, and it takes pods again",
    async () => {
      await addNode("kept");
      await addPod("guarded", "kept");
      await addBudget("guarded", 0);
      await addPod("slow", "kept");
      const { code, text } = await drain("kept", 2);
      expect(code).toBe(1);
      expect(text).toContain("2 pod(s) are still on node kept after 2 s:\n");
      expect(text).toMatch(/^ {2}default\/guarded: Cannot evict pod as it would violate .* disruption budget guarded/m);
      expect(text).toContain("\n  default/slow: was told to end and has not yet\n");
      expect(await unschedulable("kept")).toBeUndefined();
      await change(cluster(), "/api/v1/nodes/kept", { spec: { unschedulable: true } });
      expect((await drain("kept", 1)).code).toBe(1);
      // Somebody else's word, not ours to take back.
      expect(await unschedulable("kept")).toBe(true);
    },
    TEST_MS,
  );

  test(
    "is not waited for when it is gone, or does not report",
    async () => {
      expect(await drain("never-there")).toEqual({ code: 0, text: "" });
      await addNode("silent", "Unknown");
      await addPod("lost", "silent");
      const { code, text } = await drain("silent");
      expect([code, text]).toEqual([0, "node silent does not report, so its 1 pod(s) are not waited for\n"]);
      await addNode("dying");
      await addPod("last", "dying");
      const draining = drain("dying");
      await eventually(() => isEnding("last"), Boolean);
      const conditions = [{ type: "Ready", status: "Unknown", reason: "Test", lastTransitionTime: null }];
      await change(cluster(), "/api/v1/nodes/dying/status", { status: { conditions } });
      expect((await draining).code).toBe(0);
    },
    TEST_MS,
  );

  test.each(["SIGTERM", "SIGINT"] as const)(
    "takes pods again when the run is called off by %s",
    async (signal) => {
      const [node, name] = [`spared-${signal.toLowerCase()}`, `long-${signal.toLowerCase()}`];
      await addNode(node);
      await addPod(name, node);
      const child = spawn(join(__dirname, "../../../infra/bin/ofwasm-drain"), { stdio: ["pipe", "ignore", "pipe"] });
      let text = "";
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      child.stdin.end(JSON.stringify(request(node)));
      await eventually(() => isEnding(name), Boolean);
      const ended = new Promise((done) => child.once("close", done));
      child.kill(signal);
      expect(await ended).toBe(1);
      expect(text).toContain("ended before the node was empty; it takes pods again");
      expect(await unschedulable(node)).toBeUndefined();
    },
    TEST_MS,
  );

  test("a request that is no JSON is refused without a word of it, for it may hold a kubeconfig", async () => {
    const { code, text } = await ownCommand("ofwasm-drain", "token: SECRET");
    expect([code, text]).toEqual([1, expect.stringContaining("is no JSON")]);
    expect(text).not.toContain("SECRET");
  });
});
