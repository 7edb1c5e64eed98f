import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DeclaredRun, declaredRun, scriptInput } from "../../../components/remote";
import { run as runProgram } from "../../process";
import type { DeclaredMachine } from "../declared";
import { clockAhead, type Facts, type ObservedMachine, parseFacts } from "./facts";
import { machineFindings } from "./findings";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const days = (count: number): number => NOW / 1000 + count * 86_400;

const run = (inputs: Record<string, string>): DeclaredRun => declaredRun("exec bash -s up", scriptInput("", inputs))!;

const machine: DeclaredMachine = {
  name: "a",
  endpoint: {
    host: "192.0.2.1",
    port: 22,
    user: "root",
    hostKey: "ssh-ed25519 AAAA",
    dialErrorLimit: 0,
    perDialTimeout: 5,
  },
  runtime: run({ generation: "g1" }),
  node: run({
    cluster_id: "id",
    role: "control-plane",
    cluster_name: "dev",
    node_name: "a",
    kubernetes_version: "v1.34.4",
  }),
};

const RUNTIME = `now=1
committed=g1
committed_inputs=true
restart_pending=false
cgroup_driver=systemd
cgroup_driver_wanted=systemd
current=g1
link=/opt/ofwasm/runtime/current/bin/crun
generation_there=true
wasmedge_loads=true
config=/etc/containerd/config.toml
config_time=100
block=intact
unit=containerd
unit_state=active
unit_since=100
config_reads=true
config_has_runtime=true
daemon_has_runtime=true
free_mib=9000
`;

const NODE = `marker=finished id control-plane dev
kubelet=active
kubelet_healthy=true
kubelet_version=v1.34.4
kubeadm_version=v1.34.4
pod_network=active
certificate=${days(300)} /etc/kubernetes/pki/apiserver.crt
certificate=${days(3000)} /etc/kubernetes/pki/ca.crt
swap=
free_mib=9000
`;

/** The facts with some lines in the place of those of the same keys, or beside them. */
const changed = (facts: string, lines: string): Facts => {
  const keys = lines.split("\n").map((line) => line.slice(0, line.indexOf("=") + 1));
  const others = facts.split("\n").filter((line) => !keys.some((key) => line.startsWith(key)));
  return parseFacts([...others, lines].join("\n"));
};

const judged = (observed: ObservedMachine, of: DeclaredMachine = machine) =>
  machineFindings("dev", of, { runtime: parseFacts(RUNTIME), node: parseFacts(NODE), ...observed }, NOW);

test("a machine as it was left gives no finding", () => {
  expect(judged({})).toEqual([]);
});

/** There is this one finding, which the program mends. */
function expectOne(observed: ObservedMachine, what: RegExp, found: RegExp): void {
  const fix = { where: "machine a", mend: "npm run doctor -- --fix --stack dev", fixable: true };
  expect(judged(observed)).toEqual([
    expect.objectContaining({ ...fix, what: expect.stringMatching(what), found: expect.stringMatching(found) }),
  ]);
}

test.each([
  ["no record", "committed=\ncommitted_inputs=false\nblock=uncommitted", /^the record of the runtime/, /no record/],
  ["another generation", "committed=g0", /^what the runtime's last transaction was told/, /generation g0/],
  ["other settings", "committed_inputs=false", /last transaction was told/, /other settings/],
  ["a run that was cut off", "restart_pending=true", /cut off/, /restart/],
  ["another cgroup driver", "cgroup_driver_wanted=cgroupfs", /^cgroup driver/, /^systemd$/],
  ["a moved link", "current=g0", /^link \/opt\/ofwasm\/runtime\/current/, /^g0$/],
  ["a lost link", "link=", /^link \/usr\/local\/bin\/crun/, /no link/],
  ["no files", "generation_there=false", /files/, /not there/],
  ["another binary", "damaged=bin/crun", /^file \/opt\/ofwasm\/runtime\/g1\/bin\/crun/, /other content/],
  ["a library that does not load", "wasmedge_loads=false", /crun with WasmEdge/, /does not/],
  ["a missing block", "block=missing", /managed block in \/etc\/containerd\/config.toml/, /no block/],
  ["an edited block", "block=edited\nblock_expected=a = 1\nblock_found=a = 2", /managed block/, /^a = 2$/],
  ["a block without a record", "block=uncommitted", /managed block/, /without a record/],
  ["containerd stopped", "unit_state=failed", /^service containerd$/, /^failed$/],
  ["a daemon without the runtime", "daemon_has_runtime=false", /^runtime crun in the running/, /unknown/],
  ["a file changed after the start", "config_time=101", /^\/etc\/containerd\/config.toml$/, /not restarted/],
])("the runtime: %s is found once, and doctor mends it", (_, lines, what, found) => {
  expectOne({ runtime: changed(RUNTIME, lines) }, what, found);
});

test.each([
  ["no file", "missing=/etc/cni/net.d/10-ofwasm.conflist", /^file \/etc\/cni/, /no file/],
  ["an edited file", "edited=/usr/local/lib/ofwasm/pod-network", /^file \/usr\/local/, /other content/],
  ["kubelet stopped", "kubelet=inactive\nkubelet_healthy=false", /^service kubelet/, /^inactive$/],
  ["kubelet unhealthy", "kubelet_healthy=false", /^service kubelet/, /not healthy/],
  ["another kubelet", "kubelet_version=v1.35.0", /^program kubelet/, /^v1.35.0$/],
  ["no kubeadm", "kubeadm_version=", /^program kubeadm/, /^none$/],
  ["no pod network", "pod_network=failed", /^service ofwasm-pod-network/, /^failed$/],
  ["a kernel setting", "setting=net/ipv4/ip_forward 1 0", /^kernel setting net.ipv4.ip_forward/, /^0$/],
  ["a route", "route_missing=10.244.0.0/16 dev eth0", /^route/, /no such route/],
  ["a link", "link_missing=flannel.1", /^network link flannel.1/, /not there/],
])("the node: %s is found once, and doctor mends it", (_, lines, what, found) => {
  expectOne({ node: changed(NODE, lines) }, what, found);
});

const apiserver = "/etc/kubernetes/pki/apiserver.crt";

test.each([
  ["no room", { runtime: changed(RUNTIME, "free_mib=10") }, "warning", /^ssh -t root@192.0.2.1 'du /],
  ["half a block", { runtime: changed(RUNTIME, "block=torn") }, "error", /config\.toml/],
  ["a file that containerd refuses", { runtime: changed(RUNTIME, "config_reads=false") }, "error", /config dump/],
  [
    "another cluster's mark",
    { node: changed(NODE, "marker=finished x worker y") },
    "error",
    /finished id control-plane dev/,
  ],
  ["swap", { node: changed(NODE, "swap=/swap ") }, "error", /swapoff -a/],
  ["no room for images", { node: changed(NODE, "free_mib=10") }, "warning", /rmi --prune/],
  [
    "a certificate that runs out",
    { node: changed(NODE, `certificate=${days(20)} ${apiserver}`) },
    "warning",
    /kubeadm certs renew all/,
  ],
  [
    "a certificate that ran out",
    { node: changed(NODE, `certificate=${days(-1)} ${apiserver}`) },
    "error",
    /kubeadm certs renew all/,
  ],
  ["a torn certificate", { node: changed(NODE, `certificate=0 ${apiserver}`) }, "error", /kubeadm certs renew all/],
  [
    "an authority that runs out",
    { node: changed(NODE, `certificate=${days(20)} /etc/kubernetes/pki/ca.crt`) },
    "warning",
    /manual-rotation/,
  ],
  [
    "the kubelet's",
    { node: changed(NODE, `certificate=${days(20)} /var/lib/kubelet/pki/kubelet-client-current.pem`) },
    "warning",
    /restart kubelet/,
  ],
  [
    "the API server's, for kubelets",
    { node: changed(NODE, `certificate=${days(20)} /etc/kubernetes/pki/apiserver-kubelet-client.crt`) },
    "warning",
    /kubeadm certs renew all/,
  ],
  ["a clock a little off", { clockMs: -20_000 }, "warning", /set-ntp/],
  ["a clock far off", { clockMs: 600_000 }, "error", /set-ntp/],
  ["silence", { silent: "no answer", runtime: undefined, node: undefined }, "error", /npm run up/],
] as const)("%s is for a person to mend, by the command that is named", (_, observed, severity, mend) => {
  const findings = judged(observed as ObservedMachine);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ severity, fixable: false });
  expect(findings[0]?.mend).toMatch(mend);
});

test("a login that is not root's, another port and a bastion are in the command", () => {
  const proxy = { ...machine.endpoint, host: "192.0.2.9", user: "jump" };
  const other = { ...machine, endpoint: { ...machine.endpoint, user: "admin", port: 2222, proxy } };
  const [finding] = judged({ clockMs: 20_000 }, other);
  expect(finding?.mend).toBe("ssh -t -J jump@192.0.2.9:22 -p 2222 admin@192.0.2.1 'sudo timedatectl set-ntp true'");
});

describe("a command that mends a machine, typed on the host", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ofwasm-mend-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What the machine's shell was told to run as root, after ssh has joined the words as it does. */
  async function asRoot(mend: string, user: string): Promise<string> {
    const scripts = {
      // Options, then the login: the rest is joined by spaces, and the login shell reads that.
      ssh: '#!/bin/bash\nshift 2\nmachine=1 exec bash -c "$*"\n',
      sudo: '#!/bin/bash\nroot=1 exec "$@"\n',
      tool: `#!/bin/bash\necho "machine=$machine root=$root \${0##*/} $*" >>${folder}/log\n`,
    };
    const programs = ["kubeadm", "pkill", "mkdir", "systemctl", "containerd", "du", "swapoff", "ls"];
    for (const name of ["ssh", "sudo", ...programs]) {
      writeFileSync(join(folder, name), scripts[name as keyof typeof scripts] ?? scripts.tool);
      chmodSync(join(folder, name), 0o755);
    }
    writeFileSync(join(folder, "log"), "");
    const env = { PATH: `${folder}:${process.env.PATH}`, root: user === "root" ? "1" : "" };
    await runProgram("bash", ["-c", mend], { env });
    return readFileSync(join(folder, "log"), "utf8");
  }

  const PKILL = "pkill -x kube-apiserver|kube-controller|kube-scheduler|etcd";
  const worker: DeclaredMachine = { ...machine, node: run({ ...machine.node!.inputs, role: "worker" }) };
  const certificate = { node: changed(NODE, `certificate=${days(20)} ${apiserver}`) };
  const ofWorker = { node: changed(NODE, `marker=finished id worker dev\ncertificate=${days(20)} ${apiserver}`) };

  test.each<[string, ObservedMachine, DeclaredMachine, string[]]>([
    ["a certificate", certificate, machine, ["kubeadm certs renew all", PKILL]],
    ["a worker's certificate", ofWorker, worker, [`ls -l ${apiserver}`]],
    ["swap", { node: changed(NODE, "swap=/swap ") }, machine, ["swapoff -a"]],
    [
      "containerd's file",
      { runtime: changed(RUNTIME, "config_reads=false") },
      machine,
      ["containerd --config /etc/containerd/config.toml config dump"],
    ],
  ])("%s", async (_, observed, of, expected) => {
    for (const user of ["root", "admin"]) {
      const [finding] = judged(observed, { ...of, endpoint: { ...of.endpoint, user } });
      const lines = expected.map((line) => `machine=1 root=1 ${line}\n`);
      expect(await asRoot(finding!.mend, user)).toBe(lines.join(""));
    }
  });

  test("the mark of the cluster is written where the machine is, by root", async () => {
    const [finding] = judged({ node: changed(NODE, "marker=") }, machine);
    const file = join(folder, "marker");
    const mend = finding!.mend.replaceAll("/var/lib/ofwasm/cluster", folder);
    expect(await asRoot(mend, "root")).toBe(`machine=1 root=1 mkdir -p ${folder}\n`);
    expect(readFileSync(file, "utf8")).toBe("finished id control-plane dev\n");
  });
});

test("a machine that was only partly asked is judged by what it said", () => {
  const findings = judged({ silent: "lost", runtime: changed(RUNTIME, "damaged=bin/crun"), node: undefined });
  expect(findings.map(({ what }) => what)).toEqual(["the machine's answer", "file /opt/ofwasm/runtime/g1/bin/crun"]);
});

test.each([
  [5, 10, 20, -5],
  [10, 10, 20, 0],
  [15, 10, 20, 0],
  [30, 10, 20, 10],
])("a clock of %i that was read between %i and %i is off by %i for certain", (there, begun, ended, off) => {
  expect(clockAhead(there, begun, ended)).toBe(off);
});
