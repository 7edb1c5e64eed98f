import { setTimeout as sleep } from "node:timers/promises";
import { note } from "./command";
import { keyMaterial, printedSecret } from "./deployment";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";
import { askOnce, startTraffic } from "./traffic";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const PORT = 30080;

/** What would change on a machine that a run touched; the logins of the machine's root, this question's included. */
const MACHINE_FACTS = `
  cat /proc/sys/kernel/random/boot_id
  systemctl show --property ActiveEnterTimestampMonotonic --value containerd kubelet
  stat -c '%n %Y %Z %i' /etc/containerd/config.toml /etc/kubernetes/kubelet.conf`;
const LOGINS = "journalctl --output cat --grep '^Accepted publickey' | wc -l";

interface PodList {
  items: {
    metadata: { deletionTimestamp?: string };
    spec: { nodeName?: string };
    status: { phase: string; conditions?: { type: string; message?: string }[] };
  }[];
}

describeOnHost("a stack that grows to three machines and shrinks again", () => {
  let stack: DevStack;
  let login: Login;

  const pods = async (selector: string): Promise<PodList["items"]> =>
    (JSON.parse(await login.kubectl(`get pods -A -l ${selector} -o json`)) as PodList).items;
  const nodesOf = (list: PodList["items"]): string[] => [...new Set(list.map((pod) => pod.spec.nodeName ?? ""))].sort();
  const names = [0, 1, 2].map((index) => `e2e-three-${index}`);

  /** A pod of the class on one certain node. */
  const askingPod = (node: string, image: string): string =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "asking",
        namespace: "default",
        labels: { "app.kubernetes.io/name": "asking" },
        annotations: { "module.wasm.image/variant": "compat-smart" },
      },
      spec: {
        runtimeClassName: "openfunction-crun",
        nodeSelector: { "kubernetes.io/hostname": node },
        containers: [{ name: "function", image, imagePullPolicy: "Never", command: ["/wasmedge_hyper_server.wasm"] }],
      },
    });

  beforeAll(async () => {
    stack = await DevStack.open("e2e-three");
  });
  afterAll(() => stack.close());

  it("grows without touching the machine that is there", async () => {
    await stack.must("up");
    login = await stack.login();
    const facts = await login.ssh(0, MACHINE_FACTS);
    expect(facts.split("\n").length).toBeGreaterThan(4);
    const logins = Number(await login.ssh(0, LOGINS));
    expect(logins).toBeGreaterThan(1);
    expect(await stack.must("up", { nodes: 3, sampleReplicas: 3 })).toMatch(READY);
    expect(Number(await login.ssh(0, LOGINS)) - logins).toBe(1);
    expect(await login.ssh(0, MACHINE_FACTS)).toBe(facts);
    expect((await stack.machines()).map(({ name, status }) => `${name} ${status}`)).toEqual(
      names.map((name) => `${name} running`),
    );
  });

  it("all three are proved, and only then marked for functions", async () => {
    expect(await login.kubectl("get nodes -l ofwasm.dev/wasmedge=proved -o jsonpath='{.items[*].metadata.name}'")).toBe(
      names.join(" "),
    );
    await login.kubectl("wait --for=condition=Ready node --all --timeout 30s");
    const status = await stack.must("status");
    for (const name of names) expect(status).toContain(`${name}   Up`);
  });

  it("replicas on several machines answer through every machine's port", async () => {
    expect(nodesOf(await pods("app.kubernetes.io/name=http-server"))).toEqual(names);
    const machines = await stack.machines();
    for (const { address } of machines) {
      const url = `http://${address}:${PORT}/echo`;
      // A port that has just opened may need a moment; then each request goes to any of the replicas.
      expect(
        await eventually(
          () => askOnce(url),
          (problem) => problem === undefined,
        ),
      ).toBeUndefined();
      const problems = await Promise.all(Array.from({ length: 12 }, () => askOnce(url)));
      expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
    }
  });

  it("no request is lost while kube-proxy starts anew over its own rules", async () => {
    const streams = (await stack.machines()).map(({ address }) => startTraffic(`http://${address}:${PORT}/echo`));
    const proxies = "-n kube-system -l k8s-app=kube-proxy";
    try {
      // The second time over rules that the first one went over.
      for (let time = 0; time < 2; time++) {
        await login.kubectl(`delete pod ${proxies}`);
        await login.kubectl("-n kube-system rollout status daemonset/kube-proxy --timeout 60s");
        await sleep(3_000);
      }
    } finally {
      for (const { asked, failures } of await Promise.all(streams.map((stream) => stream.stop()))) {
        expect(failures).toEqual([]);
        expect(asked).toBeGreaterThan(100);
      }
    }
  });

  it("join tokens and keys of the new machines are not in the plain either", async () => {
    const shown = await stack.deployment("--show-secrets");
    const tokens = names.slice(1).map((name) => {
      const text = shown.resources
        .find(({ urn }) => urn.endsWith(`${name}-join-secret`))
        ?.urn.split("::")
        .at(-1);
      return printedSecret(shown, text ?? "").secret ?? "";
    });
    expect(tokens.every((token) => /^[a-z0-9]{16}$/.test(token))).toBe(true);
    const inBase64 = tokens.map((token) => Buffer.from(token).toString("base64"));
    const markers = [...tokens, ...inBase64, ...keyMaterial(shown), "PRIVATE KEY-----", "client-key-data"];
    const found = (text: string): string[] => markers.filter((marker) => text.includes(marker));
    expect(found(JSON.stringify(shown)).length).toBeGreaterThan(tokens.length);
    for (const [path, text] of stack.stateTexts()) expect([path, found(text)]).toEqual([path, []]);
    expect(found(stack.printed)).toEqual([]);
  });

  it("a pod of the class waits while its machine is not marked, and runs once it is", async () => {
    const node = names[2]!;
    const image = await login.kubectl(
      "-n functions get deployment http-server -o jsonpath='{.spec.template.spec.containers[0].image}'",
    );
    await login.kubectl(`label node ${node} ofwasm.dev/wasmedge-`);
    await login.kubectl("apply -f -", askingPod(node, image));
    const conditions = async (): Promise<string> =>
      (await pods("app.kubernetes.io/name=asking"))
        .flatMap(({ status }) => status.conditions ?? [])
        .map(({ message }) => message)
        .join();
    expect(await eventually(conditions, (text) => text !== "")).toMatch(/didn't match Pod's node affinity\/selector/);
    expect((await pods("app.kubernetes.io/name=asking")).map(({ status }) => status.phase)).toEqual(["Pending"]);
    await stack.must("up", { nodes: 3, sampleReplicas: 3 }, ["--refresh"]);
    const phases = async (): Promise<string> =>
      (await pods("app.kubernetes.io/name=asking")).map(({ status }) => status.phase).join();
    expect(await eventually(phases, (text) => text === "Running")).toBe("Running");
    await login.kubectl("delete pod asking --wait=false");
  });

  it("shrinks to the machine it began with", async () => {
    const boot = await login.ssh(0, "cat /proc/sys/kernel/random/boot_id");
    const { code, text, seconds } = await stack.run("up");
    note(`from three machines to one: ${seconds} s`);
    expect([code, text]).toEqual([0, expect.stringMatching(READY)]);
    expect((await stack.machines()).map(({ name }) => name)).toEqual(names.slice(0, 1));
    expect(await login.kubectl("get nodes -o jsonpath='{.items[*].metadata.name}'")).toBe(names[0]);
    expect(await login.ssh(0, "cat /proc/sys/kernel/random/boot_id")).toBe(boot);
    // Pods that went with their machine stay in the list, marked, until Kubernetes collects them a minute later.
    const left = (await pods("app.kubernetes.io/name=http-server")).filter((pod) => !pod.metadata.deletionTimestamp);
    expect(nodesOf(left)).toEqual(names.slice(0, 1));
    const url = `http://${(await stack.machines())[0]?.address}:${PORT}/echo`;
    const problems = await Promise.all(Array.from({ length: 12 }, () => askOnce(url)));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it("down leaves nothing of any of them", async () => {
    await stack.must("down");
    expect(await stack.traces(3)).toEqual([]);
  });
});
