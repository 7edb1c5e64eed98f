import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderArtifacts } from "../../components/cluster/artifacts";
import type { ScriptInputs } from "../../components/remote";
import { localImage } from "../../infra/artifacts";
import { run } from "../../infra/process";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { describeOnHost, Lab } from "../machine/support";
import { LabCluster } from "./support";

// The image of local machines may have to be built first.
jest.setTimeout(3_600_000);

/** Makes a machine as bare as one that the user brings: no Kubernetes but for containerd's images. */
const BARE = `
  systemctl disable kubelet.service 2>/dev/null
  rm -rf /usr/lib/systemd/system/kubelet.service /usr/lib/systemd/system/kubelet.service.d /usr/bin/kubelet /usr/bin/kubeadm
  rm -rf /opt/cni /etc/kubernetes
  echo 0 >/proc/sys/net/ipv4/ip_forward
  systemctl daemon-reload`;

/** Another release of a binary in the place where ours goes. */
const WITH_OLD_KUBEADM =
  "printf '#!/bin/sh\\necho v1.0.0\\n' >/usr/local/bin/kubeadm; chmod 755 /usr/local/bin/kubeadm";

/** Everything that a node's life could leave: files with their content, kernel settings, rules, links, routes, units. */
const LISTING = `
  cd /
  places=(etc usr/local opt var/lib usr/libexec var/log/pods var/log/containers)
  none=(-path var/lib/containerd -o -path var/lib/systemd -o -path var/lib/private)
  find "\${places[@]}" \\( "\${none[@]}" \\) -prune -o -printf '%M %U %G %p %l\\n' 2>/dev/null | sort
  find "\${places[@]}" \\( "\${none[@]}" \\) -prune -o -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum
  find /proc/sys/net/ipv4 /proc/sys/net/ipv6/conf /proc/sys/vm /proc/sys/kernel/panic* /proc/sys/kernel/keys -type f -readable |
    grep -vE 'veth|route/flush|mtu_expires|tcp_fastopen_key|stable_secret|/vm/(stat|compact)|hugetlb' | sort |
    xargs grep -sHa ''
  nft -s list ruleset
  iptables-save | sed 's/\\[[0-9:]*\\]//' | grep -v '^#'
  ip -o link | awk '{ print $2 }' | sort
  ip -4 route show table all
  find /run/netns -mindepth 1; ls -d /run/cni-ofwasm
  find /sys/fs/cgroup -name 'kubepods*'
  systemctl list-unit-files --no-legend --plain
  systemctl list-units --all --no-legend --plain 'kubelet*' 'ofwasm*'
  findmnt -rno TARGET | grep -v '^/run/user' | sort
  pgrep -l 'kube|etcd|coredns|flannel'; true`;

describeOnHost("machines that outlive their cluster", () => {
  const scratch = mkdtempSync(join(tmpdir(), "ofwasm-artifacts-"));
  let lab: Lab;
  let cluster: LabCluster;
  let server: Server;
  let artifacts: ScriptInputs;
  const before: string[] = [];

  const listing = async (index: number): Promise<string> => (await cluster.on(index, "bash -s", LISTING)).stdout;

  /** Serves the image's own binaries, as a download site would; the mirror that is asked first has one of them. */
  async function serve(image: string): Promise<void> {
    const files = { kubelet: join(image, "root/usr/bin/kubelet"), kubeadm: join(image, "root/usr/bin/kubeadm") };
    const plugins = join(scratch, "cni.tgz");
    const folder = join(image, "root/opt/cni/bin");
    await run("tar", ["-czf", plugins, "-C", folder, ...readdirSync(folder)]);
    const served: Record<string, string> = { ...files, "cni-plugins": plugins };
    server = createServer((request, response) => {
      const file = served[request.url?.replace("/mirror/kubelet", "/kubelet").slice(1) ?? ""];
      if (file === undefined) response.writeHead(404).end();
      else response.end(readFileSync(file));
    });
    await new Promise<void>((done) => server.listen(0, done));
    const { port } = server.address() as AddressInfo;
    const base = `http://${cluster.machine(0).gateway}:${port}`;
    artifacts = renderArtifacts(
      (["kubelet", "kubeadm", "cni-plugins"] as const).map((name) => ({
        name,
        // The publisher's address of the kubelet answers nothing.
        url: name === "kubelet" ? `${base}/nothing` : `${base}/${name}`,
        mirrors: [`${base}/mirror/${name}`],
        sha256: createHash("sha256").update(readFileSync(served[name]!)).digest("hex"),
      })),
    );
  }

  beforeAll(async () => {
    lab = await Lab.open();
    const { path } = await ensure(localImage(), { progress: streamProgress() });
    cluster = new LabCluster(lab, path, "lent");
    await serve(path);
    for (const index of [0, 1]) {
      await cluster.create(index);
      await cluster.on(index, "bash -s", BARE);
      // Another release of one binary and a folder of somebody else are there already.
      if (index === 1) await cluster.on(1, `${WITH_OLD_KUBEADM}; touch /etc/cni/net.d/README`);
      before.push(await listing(index));
    }
  });
  afterAll(async () => {
    server?.close();
    rmSync(scratch, { recursive: true, force: true });
    await lab.close(["lent"]);
  });

  it("are left as they were when a download turns out to be another file", async () => {
    await cluster.init(artifacts);
    const another = String(artifacts.artifact_1).replace(/ [0-9a-f]{64} /, ` ${"0".repeat(64)} `);
    const unfit = cluster.on(1, "exec bash -s up", cluster.joinInput(1, { ...artifacts, artifact_1: another }));
    await expect(unfit).rejects.toThrow(/finding\(s\):\n *- kubeadm from .* has SHA-256 .*nothing was installed/);
    expect((await listing(1)).split("\n")).toEqual(before[1]?.split("\n"));
  });

  it("get what they lack, become nodes and run pods", async () => {
    await cluster.declare(1);
    await cluster.join(1, artifacts);
    await cluster.addons("nftables");
    expect(await cluster.nodesReady()).toEqual(["node-0", "node-1"]);
    const facts = "command -v kubelet kubeadm; cat /proc/sys/net/ipv4/conf/host0/proxy_arp; nft list tables";
    expect((await cluster.on(1, facts)).stdout).toMatch(
      /^\/usr\/local\/bin\/kubelet\n\/usr\/local\/bin\/kubeadm\n1\n(.*\n)*table ip kube-proxy\n/,
    );
    expect(await listing(1)).not.toBe(before[1]);
  });

  it("keep what somebody else put there meanwhile, and what a killed down has given back already", async () => {
    // More rules than a pipe holds, in a table that iptables would make too.
    const rules = Array.from({ length: 3_000 }, (_, index) => `add rule ip raw INPUT tcp dport ${index + 1} accept`);
    const chain = "add chain ip raw INPUT { type filter hook input priority -300 ; policy accept ; }";
    const ruleset = ["add table ip raw", chain, ...rules].join("\n");
    await cluster.on(1, "cat >/run/foreign.nft; nft -f /run/foreign.nft", ruleset);
    // Ends where the binaries are back and nothing else has gone yet.
    const killed = cluster.joinInput(1, artifacts).replace(/^clear_paths\(\) \{$/m, "clear_paths() { kill -KILL $$");
    await expect(cluster.on(1, "exec bash -s down", killed)).rejects.toThrow();
    expect((await cluster.on(1, "/usr/local/bin/kubeadm version")).stdout).toBe("v1.0.0\n");
    await cluster.on(1, "exec bash -s down", cluster.joinInput(1, artifacts));
    const left = "/usr/local/bin/kubeadm version; nft list table ip raw | grep -c 'tcp dport'";
    expect((await cluster.on(1, left)).stdout).toBe("v1.0.0\n3000\n");
    await cluster.on(1, "nft delete table ip raw; rm /run/foreign.nft");
  });

  it.each([1, 0])("machine %d is as it was before", async (index) => {
    const input = index === 0 ? cluster.initInput(artifacts) : cluster.joinInput(1, artifacts);
    const begun = Date.now();
    const { stderr } = await cluster.on(index, "exec bash -s down", input);
    process.stderr.write(`down of machine ${index}: ${Date.now() - begun} ms\n`);
    expect(stderr).not.toMatch(/cannot|stays/);
    expect((await listing(index)).split("\n")).toEqual(before[index]?.split("\n"));
  });

  it("are refused, and left alone, when they carry something of Kubernetes that is not ours", async () => {
    const own = "/etc/kubernetes/pki/ca.key /etc/kubernetes/manifests/mine.yaml /var/lib/kubelet/config.yaml";
    await cluster.on(
      0,
      `mkdir -p /etc/kubernetes/pki /etc/kubernetes/manifests; for f in ${own}; do echo mine >$f; done`,
    );
    await expect(cluster.on(0, "exec bash -s up", cluster.initInput(artifacts))).rejects.toThrow(
      /\/etc\/kubernetes\/.* exists(.*\n)*.*\/var\/lib\/kubelet\/config.yaml exists/,
    );
    expect((await cluster.on(0, `cat ${own}; rm -r /etc/kubernetes ${own.split(" ")[2]}`)).stdout).toBe(
      "mine\n".repeat(3),
    );
    expect((await listing(0)).split("\n")).toEqual(before[0]?.split("\n"));
  });

  it("can be nodes again", async () => {
    await cluster.init(artifacts);
    expect(await cluster.nodesReady()).toEqual(["node-0"]);
    // What an older kube-proxy mode leaves.
    await cluster.addons("iptables");
    await cluster.on(0, "exec bash -s down", cluster.initInput(artifacts));
    expect((await listing(0)).split("\n")).toEqual(before[0]?.split("\n"));
  });
});
