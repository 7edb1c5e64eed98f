import { join } from "node:path";
import { manifestsBinary } from "../toolchain/binaries";
import { ensure } from "../toolchain/store";
import { runJob } from "./child";
import { asStep, type BenchPart } from "./context";

const RUNS = 5;
const OBJECTS = 2_000;
const REACH_SECONDS = 2;

/** From the YAML that Helm writes to resources that are registered, without an engine and a cluster. */
export const manifestsPart: BenchPart = {
  description: `${OBJECTS} objects read, put in order and declared`,
  async measure(context) {
    const { path } = await ensure(manifestsBinary(), context);
    const reader = join(path, "bin", "manifests");
    const runs = await asStep(context, `${OBJECTS} objects, ${RUNS} times`, async () => {
      const reports = [];
      for (let index = 0; index < RUNS; index += 1)
        reports.push((await runJob(context.clone, "manifests", { reader, objects: OBJECTS })).result);
      return reports;
    });
    const part = "manifests";
    return [
      {
        part,
        what: manifestsPart.description,
        unit: "s",
        reach: REACH_SECONDS,
        values: runs.map(({ read, declared }) => read + declared),
      },
      { part, what: "… read", unit: "s", values: runs.map(({ read }) => read) },
      { part, what: "… put in order and declared", unit: "s", values: runs.map(({ declared }) => declared) },
    ];
  },
};
