import { BUILD_BASE } from "../../infra/local/image/packages";
import { PackageSource } from "./package-source";
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

/** What the compilation needs and a plain machine has not, as the findings name it. */
const LACKING = [
  "gcc is missing, which compiling crun needs; install package gcc",
  "make is missing, which compiling crun needs; install package make",
  "pkg-config is missing, which compiling crun needs; install package pkgconf",
  "python3 is missing, which compiling crun needs; install package python3",
  "stdio.h is missing, which compiling crun needs; install package libc6-dev",
  "sys/capability.h is missing, which compiling crun needs; install package libcap-dev",
  "seccomp.h is missing, which compiling crun needs; install package libseccomp-dev",
  "systemd/sd-bus.h is missing, which compiling crun needs; install package libsystemd-dev",
  "yajl/yajl_tree.h is missing, which compiling crun needs; install package libyajl-dev",
];

const findings = ({ stderr }: Ended): string[] => stderr.split("\n").filter((line) => line.startsWith("- "));

const expectHealthy = (node: TestNode): Promise<string> =>
  node.sh(`systemctl is-active containerd && ctr version && containerd --config ${CONFIG} config dump`);

const compilers = (node: TestNode): Promise<string> => node.sh("pgrep -l 'make|gcc|cc1|configure' || true");

/** Kills the run as soon as a process of that name is there. */
async function killedAt(node: TestNode, name: string): Promise<void> {
  const running = node.script("apply");
  await node.sh(`for i in $(seq 1200); do pgrep -x ${name} && exit; sleep 0.1; done; exit 1`);
  await node.sh("kill -9 $(sed 's/.* pid \\([0-9]*\\),.*/\\1/' /run/ofwasm/runtime.holder)");
  expectKilled(await running);
}

/** Has the compilation over in no time: what was compiled before is taken instead. */
const compiledBefore = (script: string): string =>
  script.replace(
    "compile() { # STAGING TARGET LOADER",
    "compile() { mkdir $1/src/out; cp /tmp/crun $1/src/out/; return",
  );

async function removed(node: TestNode): Promise<void> {
  expectCode(await node.script("delete", { payload: "elsewhere" }), 0);
}

/** A payload like the machine's, in which `change` was done to the unpacked files; inputs that announce it. */
async function changedPayload(node: TestNode, change: string): Promise<{ payload: string; payload_sha256: string }> {
  await node.sh(
    `rm -rf /tmp/p && mkdir /tmp/p && cd /tmp/p && tar -xzf ~/${node.payload} && ${change} && ` +
      "find bin lib libc share src -type f -exec sha256sum {} + >SHA256SUMS && tar -czf /tmp/changed.tar.gz .",
  );
  const [payload_sha256 = ""] = (await node.sh("sha256sum /tmp/changed.tar.gz; rm -r /tmp/p")).split(" ");
  return { payload: "/tmp/changed.tar.gz", payload_sha256 };
}

describeOnHost("crun compiled on a machine", () => {
  let node: TestNode;
  let before: string;

  beforeAll(async () => {
    node = await TestNode.create("node-build", BUILD_BASE, "node");
    before = await node.sh(CONTENT);
  });
  afterAll(() => node?.destroy());

  /** Whatever a failed test left must not fail the next one. */
  beforeEach(async () => {
    await node.sh("rm -f /usr/local/bin/gcc");
    await removed(node);
  });

  it("comes from the published source, is proved by a real container, and goes without a trace", async () => {
    const ended = await node.script("apply");
    expectCode(ended, 0);
    expect(result(ended)).toMatchObject({ changed: true, restarted: true, versions: { crun: "1.21" } });
    expect(Object.keys(result(ended).milliseconds as object)).toContain("build");
    process.stderr.write(`compiled and proved: ${ended.milliseconds} ms\n${ended.stderr}`);
    const generation = "/opt/ofwasm/runtime/current";
    expect(await node.sh("/usr/local/bin/crun --version")).toContain("+WASM:wasmedge");
    expect(await node.sh(`cat ${generation}/facts`)).toMatch(/^compiler=gcc /m);
    // The machine's own C library, for it is new enough; WasmEdge from the generation.
    const libraries = await node.sh(`LD_PRELOAD=${generation}/lib/libwasmedge.so.0 ldd ${generation}/bin/crun`);
    expect(libraries).toMatch(/libc\.so\.6 => \/lib\//);
    expect(libraries).toMatch(/libspdlog\S+ => \/opt\/ofwasm\//);
    expect(await node.sh(`ls ${generation}`)).toBe("SHA256SUMS\nbin\nfacts\nlib\nshare");

    const state = [await node.snapshot(), await node.containerdPid()];
    const again = await node.script("apply");
    expect(result(again)).toMatchObject({ changed: false, restarted: false });
    expect([await node.snapshot(), await node.containerdPid()]).toEqual(state);
    const spent = Object.values(result(again).milliseconds as Record<string, number>).reduce((a, b) => a + b, 0);
    process.stderr.write(`nothing to do: ${spent} ms on the machine\n`);

    await node.sh(`printf x | dd of=${generation}/bin/crun bs=1 seek=4096 conv=notrunc status=none`);
    expect(result(await node.script("apply"))).toMatchObject({ changed: true, restarted: false });
    expect(result(await node.script("apply"))).toMatchObject({ changed: false });
    await removed(node);
    expect(await node.sh(CONTENT)).toBe(before);
  });

  it("is refused when its source is not the published one, before anything changes", async () => {
    const wrong = await changedPayload(
      node,
      "printf x | dd of=src/crun.tar.gz bs=1 seek=100000 conv=notrunc status=none",
    );
    const ended = await node.script("apply", wrong);
    expectCode(ended, 20);
    expect(ended.stderr).toContain("not the source that crun published");
    expect(ended.stderr).not.toContain("compiling");
    expect(await node.sh(CONTENT)).toBe(before);
  });

  it.each([
    [
      "the compiler fails",
      "printf '#!/bin/sh\\nexit 1\\n' >/usr/local/bin/gcc; chmod +x /usr/local/bin/gcc",
      {},
      "could not be compiled",
    ],
    ["it takes too long", "true", { build_deadline_seconds: 3 }, "not compiled within 3 s"],
  ])("leaves what ran before when %s", async (_, sabotage, inputs, reason) => {
    await node.use("payload");
    expectCode(await node.script("apply"), 0);
    const good = await node.sh(CONTENT);
    const pid = await node.containerdPid();
    await node.use("node");
    await node.sh(sabotage);
    const ended = await node.script("apply", inputs);
    await node.sh("rm -f /usr/local/bin/gcc");
    expectCode(ended, 20);
    expect(ended.stderr).toContain(reason);
    expect(await compilers(node)).toBe("");
    expect(await node.containerdPid()).toBe(pid);
    const others = (content: string): string => content.replace(/.*(\/root|runtime\/journal).*\n/g, "");
    expect(others(await node.sh(CONTENT))).toBe(others(good));
    await removed(node);
    expect(await node.sh(CONTENT)).toBe(before);
  });

  it("converges after a kill in the middle of the compilation", async () => {
    await killedAt(node, "cc1");
    await node.sh("for i in $(seq 20); do pgrep 'make|cc1' || exit 0; sleep 0.1; done; exit 1");
    await expectHealthy(node);
    const ended = await node.script("apply");
    expectCode(ended, 0);
    expect(result(await node.script("apply"))).toMatchObject({ changed: false });
    await node.sh("cp /usr/local/bin/crun /tmp/crun");
    await removed(node);
    expect(await node.sh(CONTENT)).toBe(before);
  });

  it("converges after a kill at any step around the compilation", async () => {
    const counted = await node.script("apply", {}, (script) => countingCommands(compiledBefore(script)));
    const total = Number(/commands: (\d+)/.exec(counted.stderr)?.[1]);
    expect(total).toBeGreaterThan(100);
    await removed(node);
    const cells = 8;
    for (let cell = 1; cell <= cells; cell++) {
      const at = Math.round((total * cell) / (cells + 1));
      expectKilled(await node.script("apply", {}, (script) => killingItselfAt(at)(compiledBefore(script))));
      await expectHealthy(node);
      expectCode(await node.script("apply", {}, compiledBefore), 0);
      expect(result(await node.script("apply"))).toMatchObject({ changed: false });
      await removed(node);
      expect(await node.sh(CONTENT)).toBe(before);
    }
  });
});

describeOnHost("crun compiled on Debian 12", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await TestNode.create("node-build12", { ...BUILD_BASE, suite: "bookworm" }, "node");
  });
  afterAll(() => node?.destroy());

  it("runs with the C library that the WasmEdge library needs, newer than the machine's", async () => {
    expect(await node.sh("getconf GNU_LIBC_VERSION")).toBe("glibc 2.36");
    const before = await node.sh(CONTENT);
    const ended = await node.script("apply");
    expectCode(ended, 0);
    process.stderr.write(`compiled and proved on Debian 12: ${ended.milliseconds} ms\n`);
    const generation = await node.sh("readlink -f /opt/ofwasm/runtime/current");
    expect(await node.sh("readelf --program-headers /usr/local/bin/crun")).toContain(`${generation}/lib/ld-linux`);
    expect(result(await node.script("apply"))).toMatchObject({ changed: false });
    await removed(node);
    expect(await node.sh(CONTENT)).toBe(before);
  });
});

describeOnHost("crun compiled on a machine without a compiler", () => {
  let node: TestNode;
  let before: string;
  beforeAll(async () => {
    node = await TestNode.create("node-buildless", {}, "node");
    before = await node.sh(CONTENT);
  });
  afterAll(() => node?.destroy());

  it("is refused with everything that is missing, and the machine is left alone", async () => {
    await node.sh("touch /usr/local/bin/crun");
    const ended = await node.script("apply", { payload: "nowhere" });
    await node.sh("rm /usr/local/bin/crun");
    expectCode(ended, 10);
    const lines = findings(ended);
    for (const lacking of LACKING) expect(lines).toContain(`- ${lacking}, or use build "payload"`);
    expect(lines.filter((line) => line.startsWith("- apt cannot bring what is missing"))).toHaveLength(1);
    expect(lines).toHaveLength(LACKING.length + 3);
    expect(await node.sh(CONTENT)).toBe(before);
  });

  describe("where packages can be had", () => {
    let source: PackageSource;
    beforeAll(async () => {
      source = await PackageSource.open(node.spec.gateway);
      await node.sh("rm -rf /etc/apt/sources.list.d; cat >/etc/apt/sources.list", `${source.line}\n`);
      before = await node.sh(CONTENT);
    });
    afterAll(() => source?.close());

    it("does not install any when that is not wanted", async () => {
      const ended = await node.script("apply", { install_build_packages: false });
      expectCode(ended, 10);
      expect(findings(ended)).toHaveLength(LACKING.length);
      expect(await node.sh(CONTENT)).toBe(before);
    });

    it("installs them for the compilation and removes them after it", async () => {
      const packages = await node.sh("dpkg-query -W");
      const ended = await node.script("apply");
      expectCode(ended, 0);
      process.stderr.write(`packages, compiled and proved: ${ended.milliseconds} ms\n${ended.stderr}`);
      expect(await node.sh("dpkg-query -W")).toBe(packages);
      expect(result(await node.script("apply"))).toMatchObject({ changed: false });
      await removed(node);
      expect(await node.sh(CONTENT)).toBe(before);
    });

    it.each([
      ["installed", "dpkg"],
      ["used", "cc1"],
    ])("removes them too after a run that was killed while they were %s", async (_, process) => {
      await killedAt(node, process);
      // apt goes on to its end, and keeps the lock until then.
      expectCode(await node.script("delete", { payload: "elsewhere", lock_wait_seconds: 120 }), 0);
      expect(await node.sh("dpkg --audit; dpkg --list | grep -c '^rc' || true")).toBe("0");
      expect(await node.sh(CONTENT)).toBe(before);
    });

    it.each(["apply", "delete"] as const)("gets over a power cut while they are installed, by %s", async (verb) => {
      await powerGoes("pgrep -x dpkg && exit; sleep 0.1");
      await isOvercomeBy(verb);
    });

    it.each(["apply", "delete"] as const)("gets over a power cut in the midst of a package, by %s", async (verb) => {
      // Stopped there: the power does not go as fast as dpkg works. The compiler proper is the largest file of all.
      const unpacks =
        "for new in /usr/libexec/gcc/*/*/cc1.dpkg-new; do [ -e $new ] && pkill -STOP -x dpkg && exit; done";
      await powerGoes(unpacks);
      expect(await node.sh("dpkg --list | grep '^.H'")).toMatch(/^iHR? +cpp/);
      // A refused run in between keeps what the next one needs.
      expectCode(await node.script("apply", { install_build_packages: false }), 10);
      await isOvercomeBy(verb);
    });

    async function powerGoes(moment: string): Promise<void> {
      const running = node.script("apply");
      await node.sh(`end=$((SECONDS + 120)); while [ $SECONDS -lt $end ]; do ${moment}; done; exit 1`);
      await node.powerCycle();
      await running;
      await expectHealthy(node);
    }

    async function isOvercomeBy(verb: "apply" | "delete"): Promise<void> {
      expectCode(await node.script(verb, verb === "delete" ? { payload: "elsewhere" } : {}), 0);
      await removed(node);
      expect(await node.sh("dpkg --audit; find /etc /usr -name '*.dpkg-new'")).toBe("");
      expect(await node.sh(CONTENT)).toBe(before);
    }
  });
});
