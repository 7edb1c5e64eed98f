import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Manifests, objectsOf, placeIn } from "../../components/manifests";
import { prepareEngine, prepareRun } from "../cli/commands/prepare";
import { captured } from "../engine/captured";
import { alone, changeStack, type Operation } from "../engine/operation";
import { openSession } from "../engine/session";
import { type Moment, timed } from "../engine/timeline";
import { program } from "../index";
import { run } from "../process";
import { answerTable } from "../report/answers";
import { fastStructs } from "../toolchain/protobuf/fast-struct";
import { manyObjects } from "./many-objects";

/** What an `up` tells about itself; all times are seconds since its process began. */
export interface UpReport {
  /** The engine has asked for the program. */
  programBegan: number;
  /** When each resource was done. */
  moments: Moment[];
  /** The engine has ended. */
  engineEnded: number;
  /** Every function has answered. */
  answered: number;
}

export interface UpArgs {
  stack: string;
  set: Record<string, string>;
}

export interface ObjectsArgs {
  stack: string;
  operation: Operation["name"];
  /** How many objects the program declares. */
  objects: number;
  kubeconfig: string;
  /** Whether the project's rules are asked. */
  judged: boolean;
}

export interface ManifestsArgs {
  /** Program that reads YAML as Kubernetes does. */
  reader: string;
  objects: number;
}

/** Seconds that each half of it takes. */
export interface ManifestsReport {
  read: number;
  declared: number;
}

/** Seconds since this process began. */
const now = (): number => performance.now() / 1000;

/** What run-job.cjs runs. */
export const jobs = {
  /** Nothing: the first job of a run compiles what has changed, and none that is measured should. */
  async nothing(): Promise<null> {
    return null;
  },

  /** The `up` command, with a look at its clock. */
  async up({ stack, set }: UpArgs, clone: string): Promise<UpReport> {
    const session = openSession(clone, stack, new Map(Object.entries(set)));
    const engine = await prepareRun(session);
    let programBegan = 0;
    const { program: noted, moments } = timed(() => {
      programBegan = now();
      return program();
    }, 0);
    const outputs = captured(noted);
    const args = ["--yes", "--skip-preview"];
    const operation = { name: "up", args, program: outputs.program } as const;
    const code = await alone(session, () => changeStack(session, engine, operation));
    const engineEnded = now();
    if (code !== 0) throw new Error(`up of stack ${stack} failed with exit code ${code}`);
    const answers = await answerTable(await outputs.values());
    if (!answers.allWell) throw new Error(`stack ${stack} is up but does not answer:\n${answers.text}`);
    return { programBegan, moments, engineEnded, answered: now() };
  },

  /** Many objects of a chart, from the text that Helm writes to their registration, which nobody answers. */
  async manifests({ reader, objects }: ManifestsArgs): Promise<ManifestsReport> {
    const text = manyObjects(objects);
    const begun = now();
    const { stdout } = await run(reader, [], { input: text });
    const found = placeIn("default", objectsOf(JSON.parse(stdout) as unknown[], "bench"));
    const read = now();
    // As the program of a stack does.
    fastStructs();
    pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: ({ inputs }) => inputs,
    });
    new Manifests("bench", { objects: found });
    await pulumi.runtime.disconnect();
    if (found.length < objects) throw new Error(`${found.length} of ${objects} objects were read`);
    return { read: read - begun, declared: now() - read };
  },

  /** An operation on a stack of many small objects. */
  async objects({ stack, operation: name, objects, kubeconfig, judged }: ObjectsArgs, clone: string): Promise<null> {
    const session = openSession(clone, stack, new Map([["composition", "dev"]]));
    const engine = await prepareEngine();
    const declare = async (): Promise<Record<string, unknown>> => {
      const provider = new kubernetes.Provider("cluster", {
        kubeconfig: pulumi.secret(kubeconfig),
        clusterIdentifier: "bench",
        enableConfigMapMutable: true,
      });
      for (let index = 0; index < objects; index += 1) {
        const name = `object-${index}-of-${objects}`;
        const labels = { "app.kubernetes.io/name": "bench", "app.kubernetes.io/managed-by": "pulumi" };
        new kubernetes.core.v1.ConfigMap(
          name,
          { metadata: { name, namespace: "default", labels }, data: { index: String(index), text: "some content" } },
          { provider },
        );
      }
      return {};
    };
    const changing = name === "preview" ? [] : ["--yes", "--skip-preview"];
    const expected = name === "preview" ? ["--expect-no-changes"] : [];
    const operation = { name, args: [...changing, ...expected], program: declare, judged };
    const code = await alone(session, () => changeStack(session, engine, operation));
    if (code !== 0) throw new Error(`${name} of ${objects} objects failed with exit code ${code}`);
    return null;
  },
};

export type Jobs = typeof jobs;
