import * as pulumi from "@pulumi/pulumi";
import { compositionNamed } from "../stacks/registry";
import { admitSettings } from "./admission";
import { prepareArtifacts } from "./artifacts";
import { markObjects } from "./marker";
import { protectData } from "./production";
import { reconcileMachines } from "./reconcile";
import { readSettings } from "./settings";
import { streamProgress } from "./toolchain/progress";

/** The Pulumi program: settings in, one composition's graph out. */
export async function program(): Promise<Record<string, unknown>> {
  const settings = readSettings(pulumi.getProject());
  const stack = pulumi.getStack();
  const composition = await compositionNamed(settings.composition || stack);
  for (const warning of admitSettings(composition, settings, stack)) await pulumi.log.warn(warning);
  const artifacts = await prepareArtifacts(composition.needs, stack, settings, streamProgress());
  markObjects(pulumi.getProject(), stack);
  if (settings.production) protectData();
  reconcileMachines(settings.reconcile);
  const outputs = composition.declare({ stack, settings, artifacts });
  // The next run takes it from there: without it that run would change every machine's inputs back.
  return settings.reconcile === "" ? outputs : { ...outputs, reconcile: settings.reconcile };
}
