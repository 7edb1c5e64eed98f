import * as pulumi from "@pulumi/pulumi";
import type { Program } from "./captured";

/** When each resource of a run was there, in seconds since the run began. */
export interface Moment {
  type: string;
  name: string;
  seconds: number;
}

/** A program, and the moments at which its resources were done. */
export interface Timed {
  program: Program;
  moments: Moment[];
}

/** Notes when each resource is done, for the phases that `bench` prints. */
export function timed(program: Program, begun: number): Timed {
  const moments: Moment[] = [];
  return {
    moments,
    program: () => {
      pulumi.runtime.registerStackTransformation(({ resource, type, name }) => {
        // The resource's URN is an output of the registration that follows this call.
        queueMicrotask(() => {
          resource.urn?.apply(() => {
            moments.push({ type, name, seconds: (performance.now() - begun) / 1000 });
          });
        });
        return undefined;
      });
      return program();
    },
  };
}
