import { createReadStream } from "node:fs";
import { join } from "node:path";
import { goArtifact } from "../../infra/toolchain/go-build";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { describeOnHost, TestNode } from "./support";

jest.setTimeout(1_500_000);

const CONFIG = "/etc/containerd/config.toml";

/** The binaries of containerd that a machine's package is replaced with. */
const CONTAINERD_2 = "2.0.11";
const BINARIES = ["containerd", "containerd-shim-runc-v2", "ctr"];

const containerd2 = goArtifact("containerd", `containerd ${CONTAINERD_2}, for tests`, {
  // Beside this file: go.mod and go.sum pin it as they do the toolchain's own modules.
  module: "../../../tests/node/containerd2",
  binaries: Object.fromEntries(BINARIES.map((name) => [name, `github.com/containerd/containerd/v2/cmd/${name}`])),
  variables: { "github.com/containerd/containerd/v2/version.Version": CONTAINERD_2 },
});

const SCHEMA_3 = `version = 3

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "registry.k8s.io/pause:3.10"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
`;

/** From nothing to proved, nothing to do, and back. */
async function roundTrip(node: TestNode, expected: { configSchema: number; containerd: RegExp }): Promise<void> {
  const before = await node.sh(`sha256sum <${CONFIG}`);
  const made = await node.script("apply");
  if (made.code !== 0) throw new Error(`exit code ${made.code}\n${made.stderr}`);
  const result = JSON.parse(made.stdout) as { configSchema: number; versions: { containerd: string } };
  expect(result.configSchema).toBe(expected.configSchema);
  expect(result.versions.containerd).toMatch(expected.containerd);
  const files = await node.snapshot();
  expect(JSON.parse((await node.script("apply")).stdout)).toMatchObject({ changed: false });
  expect(await node.snapshot()).toBe(files);
  expect((await node.script("delete", { payload: "elsewhere" })).code).toBe(0);
  expect(await node.sh(`sha256sum <${CONFIG}`)).toBe(before);
  process.stderr.write(`containerd ${result.versions.containerd}: ${made.milliseconds} ms from nothing to proved\n`);
}

describeOnHost("the runtime on Debian 12", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await TestNode.create("node-debian12", { suite: "bookworm" });
  });
  afterAll(() => node?.destroy());

  it("runs with the payload's own C library, newer than the machine's", async () => {
    expect(await node.sh("ldd --version | head -n 1")).toMatch(/2\.36$/);
    await roundTrip(node, { configSchema: 2, containerd: /^1\.6\./ });
  });

  it("keeps runc where the distribution's file names no runtime", async () => {
    // Without that key no container runs on a machine that may not lower its OOM score.
    await node.sh(
      `cat >${CONFIG} && systemctl restart containerd`,
      'version = 2\n\n[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n',
    );
    const runtimes = `containerd config dump | grep -c 'runtimes.runc'`;
    const before = await node.sh(runtimes);
    await roundTrip(node, { configSchema: 2, containerd: /^1\.6\./ });
    expect((await node.script("apply")).code).toBe(0);
    expect(await node.sh(runtimes)).toBe(before);
  });
});

describeOnHost("the runtime on containerd 2", () => {
  let node: TestNode;
  beforeAll(async () => {
    const { path } = await ensure(containerd2, { progress: streamProgress() });
    node = await TestNode.create("node-containerd2");
    for (const name of BINARIES)
      await node.run(
        `cat >/tmp/${name} && install -m 0755 /tmp/${name} /usr/bin/`,
        createReadStream(join(path, "bin", name)),
      );
    await node.sh("systemctl restart containerd");
  });
  afterAll(() => node?.destroy());

  it("leaves a file of schema 2 in schema 2", () => roundTrip(node, { configSchema: 2, containerd: /^2\.0\./ }));

  it("writes schema 3 into a file of schema 3, and keeps runc there", async () => {
    await node.sh(`cat >${CONFIG} && systemctl restart containerd`, SCHEMA_3);
    await roundTrip(node, { configSchema: 3, containerd: /^2\.0\./ });
  });

  it("refuses a file about which containerd warns", async () => {
    await node.sh(`cat >${CONFIG}`, `rooot = "/x"\n${SCHEMA_3}`);
    const ended = await node.script("apply");
    expect(ended.code).toBe(10);
    expect(ended.stderr).toContain("containerd warns");
  });
});
