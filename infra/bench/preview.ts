import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "../testing/control-plane";
import { etcdBinary, kubernetesBinaries } from "../toolchain/binaries";
import { ensure } from "../toolchain/store";
import { type JobRun, runJob } from "./child";
import { asStep, type BenchContext, type BenchPart } from "./context";
import type { Measurement } from "./measurement";
import { rounded, summarise } from "./stats";

const RUNS = 5;
const FEW = 300;
const MANY = 600;

const REACH_SECONDS = 3;
const REACH_EACH_MS = 6;

/** A preview that finds nothing to do, on a real API server of its own. */
export const previewPart: BenchPart = {
  description: `preview with nothing to do, ${FEW} and ${MANY} resources`,
  async measure(context) {
    const kubernetes = (await ensure(kubernetesBinaries(), context)).path;
    const etcd = (await ensure(etcdBinary(), context)).path;
    const cluster = await startControlPlane({
      etcd: join(etcd, "bin", "etcd"),
      apiserver: join(kubernetes, "bin", "kube-apiserver"),
      controllerManager: join(kubernetes, "bin", "kube-controller-manager"),
    });
    // Cluster and objects go away together, and with them the state: nothing has to be removed one by one.
    const state = mkdtempSync(join(tmpdir(), "ofwasm-bench-state-"));
    try {
      return await measureWith(context, cluster.kubeconfig, state);
    } finally {
      await cluster.stop();
      rmSync(state, { recursive: true, force: true });
    }
  },
};

async function measureWith(context: BenchContext, kubeconfig: string, state: string): Promise<Measurement[]> {
  const run = (operation: "up" | "preview", objects: number, judged = true): Promise<JobRun<null>> =>
    runJob(
      context.clone,
      "objects",
      { stack: `${context.stack}-${objects}`, operation, objects, kubeconfig, judged },
      { OFWASM_STATE: state, KUBECONFIG: "" },
    );
  await asStep(context, `${FEW} and ${MANY} objects`, async () => {
    for (const objects of [FEW, MANY]) await run("up", objects);
  });
  const few: JobRun<null>[] = [];
  const unjudged: JobRun<null>[] = [];
  const many: JobRun<null>[] = [];
  await asStep(context, `previews of ${FEW} and ${MANY} resources, ${RUNS} times`, async () => {
    for (let index = 0; index < RUNS; index += 1) {
      few.push(await run("preview", FEW));
      unjudged.push(await run("preview", FEW, false));
      many.push(await run("preview", MANY));
    }
  });
  const part = "preview";
  const [wall, processor] = [wallOf, processorOf];
  return [
    { part, what: `${TITLE}, ${FEW} resources`, unit: "s", reach: REACH_SECONDS, values: few.map(wall) },
    { part, what: "… processor time", unit: "s", values: few.map(processor) },
    { part, what: `… without the rules, ${FEW} resources`, unit: "s", values: unjudged.map(wall) },
    { part, what: "… processor time", unit: "s", values: unjudged.map(processor) },
    { part, what: `${TITLE}, ${MANY} resources`, unit: "s", values: many.map(wall) },
    { part, what: "… processor time", unit: "s", values: many.map(processor) },
    {
      part,
      what: "… each further resource",
      unit: "ms",
      reach: REACH_EACH_MS,
      values: [eachFurther(few.map(wall), many.map(wall))],
      notes: [
        `from the medians of ${FEW} and ${MANY}; processor time ${rounded(eachFurther(few.map(processor), many.map(processor)))} ms`,
      ],
    },
  ];
}

const TITLE = "preview with nothing to do";

const wallOf = ({ seconds }: JobRun<null>): number => seconds;
const processorOf = ({ processorSeconds }: JobRun<null>): number => processorSeconds;

/** Milliseconds that one resource more takes. */
const eachFurther = (few: readonly number[], many: readonly number[]): number =>
  ((summarise(many).p50 - summarise(few).p50) / (MANY - FEW)) * 1000;
