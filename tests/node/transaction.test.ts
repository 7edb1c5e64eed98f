import { createHash } from "node:crypto";
import {
  CONTENT,
  countingCommands,
  describeOnHost,
  type Ended,
  expectCode,
  expectKilled,
  killingItselfAt,
  result,
  TestNode,
} from "./support";

jest.setTimeout(900_000);

const CONFIG = "/etc/containerd/config.toml";

let node: TestNode;
let original: string;

async function applied(inputs: Record<string, string | number> = {}): Promise<Ended> {
  const ended = await node.script("apply", inputs);
  expectCode(ended, 0);
  return ended;
}

async function removed(): Promise<void> {
  expectCode(await node.script("delete", { payload: "elsewhere" }), 0);
}

const write = (file: string, content: string): Promise<string> =>
  node.sh(`mkdir -p $(dirname ${file}) && cat >${file}`, content);

const configSum = (): Promise<string> => node.sh(`sha256sum <${CONFIG} || echo none`);

const sha256 = (text: string): string => `${createHash("sha256").update(text).digest("hex")}  -`;

/** Containerd runs, and would start again from what is on disk. */
async function expectHealthy(): Promise<void> {
  await node.sh(`systemctl is-active containerd && ctr version && containerd --config ${CONFIG} config dump`);
}

/** A plain pod, so that there is something to lose; its process. */
async function startPod(): Promise<string> {
  const pod = {
    metadata: { name: "bystander", namespace: "test", uid: "1" },
    linux: { security_context: { namespace_options: { network: 2 } } },
  };
  await write("/tmp/pod.json", JSON.stringify(pod));
  await node.sh(
    "D=/opt/ofwasm/runtime/current; ctr -n k8s.io images import $D/share/pause.tar && " +
      "ctr -n k8s.io images tag ofwasm.invalid/pause:1 registry.k8s.io/pause:3.10; " +
      "cp $D/bin/crictl /tmp/; sleep 0.5; /tmp/crictl -r unix:///run/containerd/containerd.sock runp /tmp/pod.json",
  );
  return podProcess();
}

const podProcess = (): Promise<string> =>
  node.sh("for p in $(pgrep -x pause); do echo $p $(cut -d' ' -f22 /proc/$p/stat); done");

/** Makes containerd's unit do `command` before it starts, but only when our block is in its file. */
const sabotage = (command: string): Promise<string> =>
  write(
    "/etc/systemd/system/containerd.service.d/sabotage.conf",
    `[Service]\nExecStartPre=/bin/sh -c '! grep -q ofwasm ${CONFIG} || ${command}'\n`,
  ).then(() => node.sh("systemctl daemon-reload"));

const repair = (): Promise<string> =>
  node.sh(
    "cd /etc/systemd/system && if [ -e containerd.service.d ]; then rm -rf containerd.service.d; systemctl daemon-reload; fi; " +
      "systemctl reset-failed containerd; systemctl start containerd",
  );

describeOnHost("the runtime's transaction", () => {
  beforeAll(async () => {
    node = await TestNode.create("node-runtime");
    original = await node.sh(`cat ${CONFIG}`);
  });
  afterAll(() => node?.destroy());

  /** Whatever a failed test left must not fail the next one. */
  beforeEach(async () => {
    await node.sh(
      "umount /opt 2>/dev/null; rm -f /var/lib/kubelet/config.yaml; [ -L /usr/local/bin/crun ] || rm -f /usr/local/bin/crun",
    );
    await repair();
    if ((await configSum()) !== sha256(`${original}\n`)) {
      await write(CONFIG, `${original}\n`);
      await node.sh("systemctl restart containerd");
    }
    expectCode(await node.script("delete", { payload: "elsewhere" }), 0);
  });

  it("installs, configures and proves with a real WebAssembly container, and gives everything back", async () => {
    const before = await node.sh(CONTENT);
    const ended = await applied();
    expect(result(ended)).toMatchObject({
      changed: true,
      restarted: true,
      payloadDigest: `sha256:${node.runtime.manifest.sha256}`,
      versions: { crun: "1.21", wasmedge: "0.14.1" },
      configSchema: 2,
      cgroupDriver: "cgroupfs",
    });
    expect(await node.sh("/usr/local/bin/crun --version")).toContain("+WASM:wasmedge");
    expect(await node.sh(`head -c ${original.length} ${CONFIG}`)).toBe(original);
    expect(await node.sh("ctr -n k8s.io containers list -q")).toBe("");
    process.stderr.write(`from nothing to proved: ${ended.milliseconds} ms\n${ended.stderr}`);
    await removed();
    expect(await node.sh(CONTENT)).toBe(before);
  });

  it("writes nothing and restarts nothing when there is nothing to do", async () => {
    const first = result(await applied());
    const before = [await node.snapshot(), await node.containerdPid()];
    const again = await applied();
    expect([await node.snapshot(), await node.containerdPid()]).toEqual(before);
    const { milliseconds, changed, restarted, ...same } = result(again);
    expect({ changed, restarted }).toEqual({ changed: false, restarted: false });
    expect(first).toMatchObject(same);
    const sum = Object.values(milliseconds as Record<string, number>).reduce((a, b) => a + b, 0);
    process.stderr.write(`nothing to do: ${sum} ms on the machine, ${again.milliseconds} ms with the connection\n`);
  });

  it("follows the kubelet's cgroup driver as soon as there is one", async () => {
    await write("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\ncgroupDriver: systemd\n");
    const changed = await node.script("apply", {}, withoutProof);
    expectCode(changed, 0);
    expect(result(changed)).toMatchObject({ changed: true, restarted: true, cgroupDriver: "systemd" });
    expect(await node.sh(`cat ${CONFIG}`)).toContain("SystemdCgroup = true");
    const refused = await node.script("apply", { cgroup_driver: "cgroupfs" });
    expectCode(refused, 10);
    expect(refused.stderr).toContain("the kubelet uses systemd");
    await node.sh("rm /var/lib/kubelet/config.yaml");
    expect(result(await applied({ cgroup_driver: "cgroupfs" }))).toMatchObject({ cgroupDriver: "cgroupfs" });
  });

  it("mends a changed file of its own, an edited block and a moved link", async () => {
    await applied();
    for (const damage of [
      "printf x | dd of=/opt/ofwasm/runtime/current/lib/libwasmedge.so.0 bs=1 seek=4096 conv=notrunc status=none",
      `sed -i 's/privileged_without_host_devices = false/privileged_without_host_devices = true/' ${CONFIG}`,
      "ln -sfn /bin/true /opt/ofwasm/runtime/current.x && mv -T /opt/ofwasm/runtime/current.x /opt/ofwasm/runtime/current",
    ]) {
      await node.sh(damage);
      expect(result(await applied())).toMatchObject({ changed: true });
      expect(result(await applied())).toMatchObject({ changed: false });
    }
  });

  it("with a new value of reconcile proves again, once, and starts a daemon that is not what its file says", async () => {
    await applied();
    expect(result(await applied({ reconcile: "1" }))).toMatchObject({ changed: true, restarted: false });
    expect(result(await applied({ reconcile: "1" }))).toMatchObject({ changed: false });
    await node.sh(
      `cp -p ${CONFIG} /tmp/with.toml; sed -i '/>>> ofwasm/,/<<< ofwasm/d' ${CONFIG}; systemctl restart containerd; cp -p /tmp/with.toml ${CONFIG}`,
    );
    expect(result(await applied({ reconcile: "1" }))).toMatchObject({ changed: false });
    expect((await node.script("inspect", { reconcile: "1" })).stdout).toContain("daemon_has_runtime=false\n");
    expect(result(await applied({ reconcile: "2" }))).toMatchObject({ changed: true, restarted: true });
    await node.sh(`sleep 1.1; touch ${CONFIG}`);
    expect(result(await applied({ reconcile: "3" }))).toMatchObject({ restarted: true });
  });

  it("says what differs from what was committed, and writes nothing for it", async () => {
    const facts = async (): Promise<string[]> => {
      const before = await node.snapshot();
      const ended = await node.script("inspect");
      expectCode(ended, 0);
      expect(await node.snapshot()).toBe(before);
      return ended.stdout.split("\n");
    };
    expect(await facts()).toEqual(expect.arrayContaining(["committed=", "block=missing", "generation_there=false"]));
    await applied();
    expect(await facts()).toEqual(
      expect.arrayContaining([
        "committed_inputs=true",
        "block=intact",
        "wasmedge_loads=true",
        "daemon_has_runtime=true",
      ]),
    );
    await node.sh(
      `sed -i 's/privileged_without_host_devices = false/privileged_without_host_devices = true/' ${CONFIG}; ` +
        "cd /opt/ofwasm/runtime/current/bin && cp crun x && printf x >>x && mv x crun",
    );
    const changed = await facts();
    expect(changed).toEqual(
      expect.arrayContaining([
        "damaged=bin/crun",
        "block=edited",
        "block_expected=privileged_without_host_devices = false",
        "block_found=privileged_without_host_devices = true",
      ]),
    );
    // What is not what was installed is not run.
    expect(changed.filter((line) => line.startsWith("wasmedge_loads"))).toEqual([]);
    await applied();
  });

  describe("when containerd does not take the change", () => {
    let pod = "";

    beforeAll(async () => {
      await applied();
      pod = await startPod();
      expect(pod).not.toBe("");
      await removed();
    });
    afterAll(async () => {
      await repair();
      await node.sh(
        "/tmp/crictl -r unix:///run/containerd/containerd.sock rmp -fa; /tmp/crictl -r unix:///run/containerd/containerd.sock rmi registry.k8s.io/pause:3.10 || true",
      );
    });

    it.each([
      ["does not start", "exit 1"],
      ["hangs while it starts", "sleep 60"],
    ])("puts the old configuration back: it %s", async (_, command) => {
      await sabotage(command);
      const before = await node.sh(CONTENT);
      const ended = await node.script("apply", { restart_deadline_seconds: 3 });
      expectCode(ended, 30);
      expect(ended.stderr).toContain("the machine runs as before");
      await expectHealthy();
      expect(await podProcess()).toBe(pod);
      expect(await node.sh(CONTENT)).toBe(before);
      process.stderr.write(`rolled back (${command}): ${ended.milliseconds} ms\n`);
      await repair();
      await applied();
      expect(await podProcess()).toBe(pod);
      await removed();
      expect(await podProcess()).toBe(pod);
    });

    it("keeps no trace of a first run whose proof fails, where containerd has no file either", async () => {
      await node.sh("mv /etc/containerd /tmp/kept; systemctl restart containerd");
      const before = await node.sh(CONTENT);
      const ended = await node.script("apply", {}, withFailingProof);
      expectCode(ended, 30);
      expect(await node.sh(CONTENT)).toBe(before);
      expect(await podProcess()).toBe(pod);
      await node.sh("mv /tmp/kept /etc/containerd; systemctl restart containerd");
    });

    it("puts the last good generation back when the proof fails", async () => {
      await applied({ cgroup_driver: "cgroupfs" });
      const before = [await configSum(), await node.sh("cat /var/lib/ofwasm/runtime/state")];
      await write("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\ncgroupDriver: systemd\n");
      const ended = await node.script("apply", {}, withFailingProof);
      await node.sh("rm /var/lib/kubelet/config.yaml");
      expectCode(ended, 30);
      expect([await configSum(), await node.sh("cat /var/lib/ofwasm/runtime/state")]).toEqual(before);
      await expectHealthy();
      expect(result(await applied({ cgroup_driver: "cgroupfs" }))).toMatchObject({ changed: false });
      expect(await podProcess()).toBe(pod);
      await removed();
    });
  });

  describe("a machine that is not fit for it", () => {
    const cases: [string, string | ((text: string) => string), string[]][] = [
      [
        "a runtime crun of somebody else",
        (text) =>
          `${text}\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]\n  runtime_type = "io.containerd.runc.v2"\n`,
        ['a runtime "crun" is there that is not ours'],
      ],
      [
        "a disabled CRI plugin",
        (text) => `disabled_plugins = ["io.containerd.grpc.v1.cri"]\n${text}`,
        ["disabled_plugins has the CRI plugin"],
      ],
      [
        "runtimes as an inline table",
        'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd]\n  runtimes = { runc = { runtime_type = "io.containerd.runc.v2" } }\n',
        ["inline table"],
      ],
      ["a file without schema", "[plugins.cri]\n", ["schema 1"]],
      ["no TOML", "version = 2\n[plugins\n", ["containerd does not read it"]],
    ];

    it.each(cases)("is refused and left alone: %s", async (_, change, findings) => {
      const changed = typeof change === "string" ? change : change(original);
      await write(CONFIG, changed);
      const before = await node.sh(CONTENT);
      const ended = await node.script("apply");
      expectCode(ended, 10);
      for (const finding of findings) expect(ended.stderr).toContain(finding);
      expect(await node.sh(CONTENT)).toBe(before);
    });

    it("hears everything that is wrong at once", async () => {
      await node.sh(
        "mkdir -p /var/lib/kubelet; echo 'cgroupDriver: systemd' >/var/lib/kubelet/config.yaml; touch /usr/local/bin/crun",
      );
      const ended = await node.script("apply", {
        cgroup_driver: "cgroupfs",
        architecture: "arm64",
        unpacked_bytes: 1e15,
        payload: "nowhere",
      });
      await node.sh("rm /var/lib/kubelet/config.yaml /usr/local/bin/crun");
      expectCode(ended, 10);
      expect(ended.stderr.split("\n").filter((line) => line.startsWith("- "))).toHaveLength(5);
      expect(await node.sh("ls -d /opt/ofwasm /var/lib/ofwasm /run/ofwasm 2>/dev/null || true")).toBe("");
    });

    it("is told about runc's cgroup driver before it has the kubelet's", async () => {
      const before = await node.sh(CONTENT);
      const ended = await node.script("apply", { cgroup_driver: "systemd" });
      expectCode(ended, 10);
      expect(ended.stderr).toContain("runc uses the cgroup driver cgroupfs, and systemd was asked for");
      expect(await node.sh(CONTENT)).toBe(before);
    });

    it.each(["control-group", "mixed"])("is refused when a restart would kill its pods: %s", async (mode) => {
      await write("/etc/systemd/system/containerd.service.d/kill.conf", `[Service]\nKillMode=${mode}\n`);
      await node.sh("systemctl daemon-reload");
      const ended = await node.script("apply");
      await repair();
      expectCode(ended, 10);
      expect(ended.stderr).toContain(`KillMode=${mode}`);
    });

    it.each([
      ["older", "2.1", "2.3"],
      ["newer", "1.4", "1.5"],
    ])("is refused with a containerd that is %s than what is known to work", async (_, oldest, newest) => {
      const ended = await node.script("apply", { containerd_oldest: oldest, containerd_newest: newest });
      expectCode(ended, 10);
      expect(ended.stderr).toMatch(new RegExp(`containerd is 1\\.[\\d.]+; ${oldest} to ${newest} are known to work`));
    });
  });

  describe("removing it asks for nothing that only the runtime needs", () => {
    it("goes from a machine that would be refused today", async () => {
      const before = await node.sh(CONTENT);
      await applied();
      await write("/var/lib/kubelet/config.yaml", "cgroupDriver: systemd\n");
      await write("/run/systemd/system/k3s.service", "[Service]\nExecStart=/bin/sleep infinity\n");
      await node.sh("systemctl start k3s");
      // The clock is the host's, so it is the script that is changed.
      const late = (script: string): string => script.replace(/CLOCK_FLOOR=\d+/, "CLOCK_FLOOR=99999999999");
      const refused = await node.script("apply", { cgroup_driver: "cgroupfs" }, late);
      const gone = await node.script("delete", { payload: "elsewhere", cgroup_driver: "cgroupfs" }, late);
      await node.sh("systemctl stop k3s; rm /run/systemd/system/k3s.service /var/lib/kubelet/config.yaml");
      expectCode(refused, 10);
      expect(refused.stderr).toContain("the clock says");
      expectCode(gone, 0);
      expect(await node.sh(CONTENT)).toBe(before);
    });

    it("leaves containerd stopped, or absent, as it found it", async () => {
      const before = await node.sh(CONTENT);
      await applied();
      await node.sh("systemctl stop containerd");
      const ended = await node.script("delete", { payload: "elsewhere" });
      expectCode(ended, 0);
      expect(result(ended)).toMatchObject({ changed: true, restarted: false });
      expect(await node.sh("systemctl is-active containerd || true")).toBe("inactive");
      await repair();
      expect(await node.sh(CONTENT)).toBe(before);
      await applied();
      await node.sh(
        "systemctl stop containerd; mv /usr/bin/containerd /usr/bin/ctr /tmp/; systemctl mask --runtime containerd",
      );
      const gone = await node.script("delete", { payload: "elsewhere" });
      await node.sh("mv /tmp/containerd /tmp/ctr /usr/bin/; systemctl unmask --runtime containerd");
      expectCode(gone, 0);
      await repair();
      expect(await node.sh(CONTENT)).toBe(before);
    });

    it("refuses where containerd would not come back with what remains", async () => {
      await applied();
      await node.sh(`sed -i '1i [plugins' ${CONFIG}`);
      const pid = await node.containerdPid();
      const ended = await node.script("delete", { payload: "elsewhere" });
      await node.sh(`sed -i 1d ${CONFIG}`);
      expectCode(ended, 10);
      expect(ended.stderr).toContain("would not start again");
      expect(await node.containerdPid()).toBe(pid);
      await removed();
    });
  });

  it("gives back files of every shape byte for byte, with what was edited meanwhile", async () => {
    for (const shape of [original, `${original}\n`, `${original}\n\n# end`, original.replaceAll("\n", "\r\n")]) {
      await write(CONFIG, shape);
      await applied();
      await removed();
      expect(await configSum()).toBe(sha256(shape));
      await applied();
      await node.sh(`printf '# later\\n' >>${CONFIG}; sed -i '1i # before' ${CONFIG}`);
      expect(result(await applied())).toMatchObject({ changed: false });
      await removed();
      expect(await configSum()).toBe(sha256(`# before\n${shape}# later\n`));
    }
  });

  it("makes a file where containerd has none, and removes it", async () => {
    await node.sh(`mv ${CONFIG} /tmp/kept.toml; systemctl restart containerd`);
    // Containerd's defaults need a capability that machines of this kind may not have, so no container can run.
    expectCode(await node.script("apply", {}, withoutProof), 0);
    await expectHealthy();
    expect(await node.sh(`containerd --config ${CONFIG} config dump`)).toContain("containerd.runtimes.runc.options]");
    await removed();
    expect(
      await node.sh(
        `ls -A /etc/containerd | grep -v certs.d || true; mv /tmp/kept.toml ${CONFIG}; systemctl restart containerd`,
      ),
    ).toBe("");
  });

  it("uses no payload that differs by one bit", async () => {
    const before = await node.sh(CONTENT);
    await node.sh(
      `cp ${node.payload} bad.tar.gz; printf x | dd of=bad.tar.gz bs=1 seek=1000000 conv=notrunc status=none`,
    );
    const ended = await node.script("apply", { payload: "bad.tar.gz" });
    await node.sh("rm bad.tar.gz");
    expectCode(ended, 20);
    expect(ended.stderr).toContain("not the payload that was announced");
    expect(await node.sh(CONTENT)).toBe(before);
  });

  it("refuses a full disk, and gets over one that fills up meanwhile", async () => {
    await node.sh("mkdir -p /opt && mount -t tmpfs -o size=30m tmpfs /opt");
    const refused = await node.script("apply");
    expectCode(refused, 10);
    expect(refused.stderr).toContain("MiB free");
    const failed = await node.script("apply", { unpacked_bytes: 1 });
    expectCode(failed, 20);
    expect(failed.stderr).toContain("is the disk full?");
    expect(await configSum()).toBe(sha256(`${original}\n`));
    await node.sh("umount /opt");
    await applied();
  });

  it("lets one of two at once work and tells the other", async () => {
    const both = await Promise.all([1, 2].map(() => node.script("apply", { lock_wait_seconds: 0 })));
    expect(both.map(({ code }) => code).sort()).toEqual([0, 75]);
    expect(both.find(({ code }) => code === 75)?.stderr).toMatch(/another run works on this machine's runtime/);
    const patient = await Promise.all(
      [1, 2].map(() => node.script("apply", { lock_wait_seconds: 60, cgroup_driver: "cgroupfs" })),
    );
    expect(patient.map(({ code }) => code)).toEqual([0, 0]);
    expect(patient.map((ended) => result(ended).changed).sort()).toEqual([false, true]);
    await removed();
  });

  it("keeps crun as long as a pod needs it", async () => {
    await applied();
    const pod = {
      metadata: { name: "busy", namespace: "test", uid: "2" },
      linux: { security_context: { namespace_options: { network: 2 } } },
    };
    await write("/tmp/busy.json", JSON.stringify(pod));
    await node.sh(
      "D=/opt/ofwasm/runtime/current; ctr -n k8s.io images import $D/share/pause.tar && " +
        "ctr -n k8s.io images tag ofwasm.invalid/pause:1 registry.k8s.io/pause:3.10; sleep 0.5; " +
        "$D/bin/crictl -r unix:///run/containerd/containerd.sock runp --runtime crun /tmp/busy.json",
    );
    const ended = await node.script("delete", { payload: "elsewhere" });
    expectCode(ended, 10);
    expect(ended.stderr).toContain("test/busy");
    await node.sh(
      "C='/opt/ofwasm/runtime/current/bin/crictl -r unix:///run/containerd/containerd.sock'; $C rmp -fa && $C rmi registry.k8s.io/pause:3.10",
    );
    await removed();
  });

  describe("killed", () => {
    it("anywhere, comes to the same end with one more run", async () => {
      const total = Number(/commands: (\d+)/.exec((await node.script("apply", {}, countingCommands)).stderr)?.[1]);
      expect(total).toBeGreaterThan(100);
      await removed();
      const before = await node.sh(CONTENT);
      const cells = 20;
      for (let cell = 1; cell <= cells; cell++) {
        const at = Math.round((total * cell) / (cells + 1));
        const killed = await node.script("apply", {}, killingItselfAt(at));
        expectKilled(killed);
        await expectHealthy();
        await applied();
        expect(result(await applied())).toMatchObject({ changed: false });
        await removed();
        expect(await node.sh(CONTENT)).toBe(before);
      }
    });

    it("anywhere while it removes, is removed by one more run", async () => {
      await applied();
      const total = Number(
        /commands: (\d+)/.exec((await node.script("delete", { payload: "x" }, countingCommands)).stderr)?.[1],
      );
      const before = await node.sh(CONTENT);
      for (const part of [0.2, 0.4, 0.6, 0.8, 0.95]) {
        await applied();
        expectKilled(await node.script("delete", { payload: "x" }, killingItselfAt(Math.round(total * part))));
        await expectHealthy();
        await removed();
        expect(await node.sh(CONTENT)).toBe(before);
      }
    });

    it("by a power cut between the new file and the restart, boots and converges", async () => {
      const running = node.script("apply", {}, (script) =>
        script.replace("  phase restart\n", "  touch /tmp/here; sleep 60\n  phase restart\n"),
      );
      await node.sh("until [ -e /tmp/here ]; do sleep 0.1; done");
      await node.powerCycle();
      await running;
      await expectHealthy();
      expect(await node.sh(`grep -c ofwasm ${CONFIG}`)).not.toBe("0");
      await applied();
      expect(result(await applied())).toMatchObject({ changed: false });
      await removed();
      expect(await configSum()).toBe(sha256(`${original}\n`));
    });
  });
});

const withoutProof = (script: string): string => script.replace("prove() {", "prove() { return 0");
const withFailingProof = (script: string): string => script.replace("prove() {", "prove() { return 1");
