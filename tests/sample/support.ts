import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { payloadInputs, remotePayload, TRANSACTION } from "../../components/node-runtime/transaction";
import { bundleScript, scriptInput, shellCommand } from "../../components/remote/remote-script";
import { localImage, payload } from "../../infra/artifacts";
import { readPayload } from "../../infra/toolchain/payload";
import { streamProgress } from "../../infra/toolchain/progress";
import { readSampleImage, type SampleImage, sampleImage } from "../../infra/toolchain/sample";
import { ensure } from "../../infra/toolchain/store";
import { LabCluster } from "../cluster/support";
import type { Lab } from "../machine/support";

/** The pair that the settings have as default. */
const VERSIONS = { crunVersion: "1.21", wasmedgeVersion: "0.14.1" };

/** One machine with the runtime, a cluster and the sample's image; its node is not marked yet. */
export async function sampleCluster(lab: Lab, stack: string): Promise<{ cluster: LabCluster; image: SampleImage }> {
  const progress = streamProgress();
  const cluster = new LabCluster(lab, (await ensure(localImage(), { progress })).path, stack);
  const runtime = readPayload((await ensure(payload(VERSIONS), { progress })).path);
  const image = readSampleImage((await ensure(sampleImage("http-server"), { progress })).path);
  await cluster.create(0);
  await send(cluster, runtime.path, remotePayload(runtime.manifest.sha256));
  await cluster.on(0, shellCommand("apply"), scriptInput(bundleScript(TRANSACTION), payloadInputs(runtime)));
  await cluster.init();
  await cluster.nodesReady();
  await cluster.addons("iptables");
  await send(cluster, image.archive, "sample.tar");
  // Pinned, or a node that is short of disk takes it away for good.
  await cluster.on(
    0,
    `ctr -n k8s.io images import sample.tar && ctr -n k8s.io images label ${image.reference} io.cri-containerd.pinned=pinned`,
  );
  return { cluster, image };
}

async function send(cluster: LabCluster, file: string, target: string): Promise<void> {
  const base64 = readFileSync(file).toString("base64");
  await cluster.on(0, `base64 -d >${target}`, base64);
}

/** Processor time that a process of the machine uses, as a share of one processor, over some seconds. */
export async function processorShare(cluster: LabCluster, pid: string, seconds: number): Promise<number> {
  const ticks = `awk '{ print $14 + $15 }' /proc/${pid}/stat`;
  const { stdout } = await cluster.on(0, `${ticks}; sleep ${seconds}; ${ticks}; getconf CLK_TCK`);
  const [before, after, rate] = stdout.trim().split("\n").map(Number);
  return (after! - before!) / rate! / seconds;
}

/** A plain connection, for what an HTTP client would not do. */
export function open(address: string, port: number): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(port, address, () => done(socket));
    socket.on("error", fail);
  });
}
