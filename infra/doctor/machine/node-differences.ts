import type { DeclaredRun } from "../../../components/remote";
import { certificateDifference } from "../certificate";
import type { Difference } from "../finding";
import { type Facts, single } from "./facts";

/** Free space under /var/lib that images, logs and etcd need, as the node's own preflight asks it. */
const FREE_MIB = 2048;

/**
 * What of a machine's part in the cluster is not as its script left it.
 *
 * @param onMachine makes a command one that runs on the machine as root
 * @param nowMs time that certificates are judged by
 */
export function nodeDifferences(
  { inputs }: DeclaredRun,
  facts: Facts,
  onMachine: (command: string) => string,
  nowMs: number,
): Difference[] {
  return [
    ...markerDifferences(inputs, facts, onMachine),
    ...fileDifferences(facts),
    ...kubeletDifferences(inputs, facts),
    ...networkDifferences(facts),
    ...certificateDifferences(inputs, facts, onMachine, nowMs),
    ...roomDifferences(facts, onMachine),
  ];
}

type Inputs = DeclaredRun["inputs"];

/** Without it the machine counts as somebody else's, so only a person can say that it is not. */
function markerDifferences(inputs: Inputs, facts: Facts, onMachine: (command: string) => string): Difference[] {
  const wanted = `finished ${inputs.cluster_id} ${inputs.role} ${inputs.cluster_name}`;
  const found = single(facts, "marker");
  if (found === wanted) return [];
  const file = "/var/lib/ofwasm/cluster/marker";
  return [
    {
      severity: "error",
      what: `mark of the cluster in ${file}`,
      expected: wanted,
      found: found || "none",
      why: "up refuses a machine whose Kubernetes it does not know, and down would leave it",
      mend: onMachine(`sh -c 'mkdir -p ${file.replace("/marker", "")} && echo ${wanted} >${file}'`),
    },
  ];
}

function fileDifferences(facts: Facts): Difference[] {
  const why = "pods get no network, or another one than the other machines expect";
  const each = (key: "missing" | "edited", found: string): Difference[] =>
    (facts.get(key) ?? []).map((path) => {
      return { severity: "error", what: `file ${path}`, expected: "as up wrote it", found, why };
    });
  return [...each("missing", "no file"), ...each("edited", "other content")];
}

function kubeletDifferences({ kubernetes_version: version = "" }: Inputs, facts: Facts): Difference[] {
  const differences: Difference[] = [];
  const state = single(facts, "kubelet");
  if (state !== "active" || single(facts, "kubelet_healthy") === "false") {
    differences.push({
      severity: "error",
      what: "service kubelet",
      expected: "active and healthy",
      found: state === "active" ? "active, but not healthy" : state || "unknown",
      why: "the machine takes no pods and soon counts as lost; journalctl -u kubelet says why",
    });
  }
  for (const program of ["kubelet", "kubeadm"]) {
    const found = single(facts, `${program}_version`);
    if (version === "" || found === version) continue;
    differences.push({
      severity: "error",
      what: `program ${program}`,
      expected: version,
      found: found || "none",
      why: "another release than the cluster's was never tried with it, and can be too new for it",
    });
  }
  return differences;
}

function networkDifferences(facts: Facts): Difference[] {
  const why = "packets of pods to other machines, or out of the cluster, get lost";
  const differ = (what: string, expected: string, found: string): Difference => {
    return { severity: "error", what, expected, found, why };
  };
  const state = single(facts, "pod_network");
  return [
    ...(state === "active" ? [] : [differ("service ofwasm-pod-network", "active", state || "unknown")]),
    ...(facts.get("setting") ?? []).map((line) => {
      const [name = "", wanted = "", value = ""] = line.split(" ");
      return differ(`kernel setting ${name.replaceAll("/", ".")}`, wanted, value || "not there");
    }),
    ...(facts.get("route_missing") ?? []).map((route) => differ("route of the pod network", route, "no such route")),
    ...(facts.get("link_missing") ?? []).map((link) => differ(`network link ${link}`, "there", "not there")),
  ];
}

function certificateDifferences(
  { role }: Inputs,
  facts: Facts,
  onMachine: (command: string) => string,
  nowMs: number,
): Difference[] {
  return (facts.get("certificate") ?? []).flatMap((line) => {
    const at = line.indexOf(" ");
    const file = line.slice(at + 1);
    const difference = certificateDifference(file, Number(line.slice(0, at)) * 1000, nowMs);
    if (difference === undefined) return [];
    return [{ ...difference, mend: renewal(file, role === "control-plane", onMachine) }];
  });
}

/** Certificates of authorities are not renewed by kubeadm: that is a plan of its own. */
const AUTHORITY = /(^|\/|-)ca\.crt$/;

/** Not the API server's own, with which it asks kubelets. */
const OF_KUBELET = /\/kubelet[^/]*$/;

function renewal(file: string, control: boolean, onMachine: (command: string) => string): string {
  if (OF_KUBELET.test(file)) return onMachine("systemctl restart kubelet");
  if (AUTHORITY.test(file)) return "https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/";
  // kubeadm gives a worker none but those above.
  if (!control)
    return `${onMachine(`ls -l ${file}`)}   # not of up's making: whoever put it there renews it, or removes it`;
  // The kubelet starts what was ended, with the new certificates; the administrator's comes with the next run.
  return onMachine(
    "sh -c 'kubeadm certs renew all && pkill -x \"kube-apiserver|kube-controller|kube-scheduler|etcd\"'   # then doctor --fix",
  );
}

function roomDifferences(facts: Facts, onMachine: (command: string) => string): Difference[] {
  const differences: Difference[] = [];
  const swap = single(facts, "swap");
  if (swap !== "") {
    differences.push({
      severity: "error",
      what: "swap",
      expected: "off, as failSwapOn says",
      found: swap,
      why: "the kubelet does not start again while swap is on",
      mend: `${onMachine("swapoff -a")}   # and take it out of /etc/fstab`,
    });
  }
  const free = Number(single(facts, "free_mib") || Number.POSITIVE_INFINITY);
  if (free < FREE_MIB) {
    differences.push({
      severity: "warning",
      what: "free space under /var/lib",
      expected: `${FREE_MIB} MiB`,
      found: `${free} MiB`,
      why: "the kubelet evicts pods and removes images when the disk is full",
      mend: onMachine(
        "/opt/ofwasm/runtime/current/bin/crictl --runtime-endpoint unix:///run/containerd/containerd.sock rmi --prune",
      ),
    });
  }
  return differences;
}
