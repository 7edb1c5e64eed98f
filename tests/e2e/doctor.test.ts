import { RUNTIME_PLACES } from "../../infra/local/machine/trial";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const RUNTIME = "/opt/ofwasm/runtime/current";
const CONFIG = "/etc/containerd/config.toml";
const CNI = "/etc/cni/net.d/10-ofwasm.conflist";

interface Finding {
  severity: string;
  where: string;
  what: string;
  expected: string;
  found: string;
  mend: string;
  fixable: boolean;
}

describeOnHost("doctor on a stack of one machine", () => {
  let stack: DevStack;
  let login: Login;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-doctor");
    await stack.must("up");
    login = await stack.login();
  });
  afterAll(() => stack.close());

  /** Times of everything that doctor looks at, to the nanosecond. */
  const times = (): Promise<string> =>
    login.ssh(
      0,
      `find ${RUNTIME_PLACES} /etc /usr/local /var/lib/kubelet/config.yaml /run/ofwasm -printf '%p %s %T@ %C@\n' 2>/dev/null | sort`,
    );

  async function diagnosis(): Promise<Finding[]> {
    const { code, text } = await stack.run("doctor", {}, ["--format", "json"]);
    const { findings } = JSON.parse(text.slice(text.indexOf("{\n"))) as { findings: Finding[] };
    expect(code).toBe(findings.length === 0 ? 0 : 1);
    return findings;
  }

  /** What was found where; a generation is named by its content. */
  const named = (findings: readonly Finding[]): string[] =>
    findings.map(({ where, what }) => `${where}: ${what.replace(/[0-9a-f]{32}/, "GENERATION")}`).sort();

  async function mended(): Promise<void> {
    const fixed = await stack.run("doctor", {}, ["--fix"]);
    expect(fixed.text).toMatch(/nothing differs on 1 machine and \d+ objects of the cluster\n$/);
    expect(fixed.text).toMatch(READY);
    expect(fixed.code).toBe(0);
    expect(await diagnosis()).toEqual([]);
    // The value of reconcile stays, so nothing is to be done again for it.
    expect(await stack.must("preview")).toMatch(/Resources:\n +\d+ unchanged\n/);
  }

  it("finds nothing on a fresh stack, and writes nothing on the machine", async () => {
    const before = await times();
    expect(before.split("\n").length).toBeGreaterThan(100);
    expect(await diagnosis()).toEqual([]);
    expect(await times()).toBe(before);
  });

  it("finds each change by hand in one run, with the command that mends it, and mends them all", async () => {
    await login.kubectl("label node e2e-doctor-0 ofwasm.dev/wasmedge-");
    await login.kubectl("delete runtimeclass openfunction-crun");
    await login.ssh(
      0,
      `sed -i 's/privileged_without_host_devices = false/privileged_without_host_devices = true/' ${CONFIG}
       cd ${RUNTIME}/bin && cp crun other && printf x >>other && mv other crun
       rm ${CNI}; echo 0 >/proc/sys/net/ipv4/ip_forward; systemctl disable --now kubelet 2>/dev/null`,
    );
    const before = await times();
    const findings = await diagnosis();
    expect(await times()).toBe(before);
    expect(named(findings)).toEqual(
      [
        "machine e2e-doctor-0: file /opt/ofwasm/runtime/GENERATION/bin/crun",
        `machine e2e-doctor-0: the managed block in ${CONFIG}`,
        `machine e2e-doctor-0: ${CONFIG}`,
        `machine e2e-doctor-0: file ${CNI}`,
        "machine e2e-doctor-0: kernel setting net.ipv4.ip_forward",
        "machine e2e-doctor-0: service kubelet",
        "Node e2e-doctor-0: metadata.labels.ofwasm.dev/wasmedge",
        "RuntimeClass openfunction-crun: the object",
      ].sort(),
    );
    expect(findings.find(({ what }) => what.startsWith("the managed block"))).toMatchObject({
      severity: "error",
      expected: "privileged_without_host_devices = false",
      found: "privileged_without_host_devices = true",
    });
    for (const { mend, fixable } of findings)
      expect([mend, fixable]).toEqual(["npm run doctor -- --fix --stack e2e-doctor", true]);
    const refused = await stack.run("doctor", { sampleReplicas: 2 }, ["--fix"]);
    expect(refused.code).toBe(1);
    expect(refused.text).toContain("nothing was mended: up would change more than that");
    expect(await diagnosis()).toEqual(findings);
    await mended();
  });

  it("sees a machine that forgot its proof, runs no containerd, and lost an image that it was given", async () => {
    const image = await login.ssh(0, "ctr -n k8s.io images list -q | grep '^ofwasm.local/http-server:'");
    await login.ssh(0, `rm /var/lib/ofwasm/runtime/state; ctr -n k8s.io images remove ${image.split("\n").join(" ")}`);
    await login.kubectl("-n functions delete pod --wait=false -l app.kubernetes.io/name=http-server");
    const found = await eventually(diagnosis, (findings) => named(findings).some((one) => one.includes("image of")));
    expect(named(found)).toEqual(
      expect.arrayContaining([
        "machine e2e-doctor-0: the record of the runtime's last transaction",
        expect.stringMatching(/^Pod functions\/http-server-\S+: image of container function$/),
      ]),
    );
    await login.ssh(0, "systemctl stop containerd");
    expect(named(await diagnosis())).toContain("machine e2e-doctor-0: service containerd");
    await mended();
  });
});
