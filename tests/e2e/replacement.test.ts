import { note } from "./command";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";
import { askOnce } from "./traffic";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const PORT = 30080;
const BIRTH = "stat -c %W /var/lib/kubelet; cat /etc/machine-id";

describeOnHost("a stack of two machines whose machines are replaced", () => {
  const two = { nodes: 2, sampleReplicas: 2 };
  let stack: DevStack;
  let login: Login;

  /** Both nodes are ready and proved, and functions answer through each. */
  const whole = async (): Promise<void> => {
    await login.kubectl("wait --for=condition=Ready node --all --timeout 60s");
    const proved = "get nodes -l ofwasm.dev/wasmedge=proved -o jsonpath='{.items[*].metadata.name}'";
    expect(await login.kubectl(proved)).toBe("e2e-new-0 e2e-new-1");
    for (const { address } of await stack.machines()) {
      const answer = await eventually(
        () => askOnce(`http://${address}:${PORT}/echo`),
        (problem) => problem === undefined,
        60_000,
      );
      if (answer !== undefined) note(await login.kubectl("get pods -A -o wide"));
      expect(answer).toBeUndefined();
    }
  };

  const authority = (index: number): Promise<string> => login.ssh(index, "sha256sum </etc/kubernetes/pki/ca.crt");

  beforeAll(async () => {
    stack = await DevStack.open("e2e-new");
    await stack.must("up", two);
    login = await stack.login();
  });
  afterAll(() => stack.close());

  it("another control-plane machine: one run makes the cluster, all in it, and the worker's membership anew", async () => {
    const [control, worker, before] = [await login.ssh(0, BIRTH), await login.ssh(1, BIRTH), await authority(1)];
    expect(await stack.must("up", two, ["--replace", "e2e-new-0-machine"])).toMatch(READY);
    expect(await login.ssh(0, BIRTH)).not.toBe(control);
    expect(await login.ssh(1, BIRTH)).toBe(worker);
    expect(await authority(1)).toBe(await authority(0));
    expect(await authority(1)).not.toBe(before);
    await whole();
    const objects = "-n kube-system get daemonset/kube-proxy deployment/coredns service/kube-dns -o name";
    expect((await login.kubectl(objects)).split("\n")).toHaveLength(3);
  });

  it("another worker: the control plane and the other machine are left as they are", async () => {
    const [control, worker, ca] = [await login.ssh(0, BIRTH), await login.ssh(1, BIRTH), await authority(0)];
    expect(await stack.must("up", two, ["--replace", "e2e-new-1-machine"])).toMatch(READY);
    expect(await login.ssh(0, BIRTH)).toBe(control);
    expect(await login.ssh(1, BIRTH)).not.toBe(worker);
    expect(await authority(1)).toBe(ca);
    await whole();
  });

  it("something that cannot be replaced alone is refused, with what can be", async () => {
    for (const name of ["nothing", "e2e-new-cluster-control-plane"]) {
      const { code, text } = await stack.run("up", two, ["--replace", name]);
      expect(code).toBe(2);
      expect(text).toContain(
        `--replace ${name}: the stack has nothing of that name to replace; it has e2e-new-0-machine,`,
      );
    }
    expect(await stack.must("up", two, ["--replace", "e2e-new-cluster-e2e-new-1-join-secret"])).toMatch(READY);
  });

  it("the next run has nothing to do", async () => {
    expect(await stack.must("up", two)).toMatch(/Resources:\n +\d+ unchanged\n/);
    await stack.must("down");
    expect(await stack.traces(2)).toEqual([]);
  });
});
