import * as pulumi from "@pulumi/pulumi";
import { compositionNamed } from "../stacks/registry";
import { prepareArtifacts } from "./artifacts";
import { readSettings } from "./settings";
import { streamProgress } from "./toolchain/progress";

/** The Pulumi program: settings in, one composition's graph out. */
export async function program(): Promise<Record<string, unknown>> {
  const settings = readSettings(pulumi.getProject());
  const stack = pulumi.getStack();
  const composition = compositionNamed(settings.composition || stack);
  const artifacts = await prepareArtifacts(composition.needs, stack, settings, streamProgress());
  return composition.declare({ stack, settings, artifacts });
}
