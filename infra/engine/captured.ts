import * as pulumi from "@pulumi/pulumi";

export type Program = () => Promise<Record<string, unknown>>;

/** A program, and the values of its outputs once an operation has run it. */
export interface Captured {
  program: Program;
  /** Output values; empty where the run did not get that far. Secrets come in the clear: never print them whole. */
  values(): Promise<Readonly<Record<string, unknown>>>;
}

/** Keeps a program's output values, which saves the engine call that would read them back from the state. */
export function captured(program: Program): Captured {
  let values: Promise<Record<string, unknown>> | undefined;
  return {
    program: async () => {
      const outputs = await program();
      values = new Promise((resolve) => {
        pulumi.output(outputs).apply((resolved) => resolve(resolved as Record<string, unknown>));
      });
      return outputs;
    },
    values: async () => (values ? values : {}),
  };
}
