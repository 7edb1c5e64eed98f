import type { Lane } from "../args";

/** A value and where it was read. */
export interface Fact<T = unknown> {
  path: string;
  value: T;
}

/** One container, as far as it matters which handler runs it. */
export interface ContainerFacts {
  path: string;
  /** `undefined`: it has none. */
  name?: unknown;
  /** True for the module's own container. */
  isFunction: boolean;
  /** First word of the command; absent when the image decides. */
  command?: Fact;
  /** Probes and hooks that run a command, with the probe's or hook's name. */
  execs: (Fact & { of: "probe" | "hook" })[];
  /** Fields that are set: name and value. */
  fields: Fact[];
  /** Fields of its securityContext that are set. */
  security: Fact[];
  /** Names of variables. */
  variables: Fact[];
  /** Folders at which volumes are mounted. */
  mountPaths: Fact[];
}

export interface ParameterFact extends Fact<string | readonly unknown[]> {
  name: string;
}

export interface BuildFacts {
  path: string;
  dockerfile?: Fact;
  builder?: Fact;
  strategy?: Fact;
  parameters: ParameterFact[];
}

export interface ServingFacts {
  path: string;
  /** Absent: there is no pod template. */
  template?: Fact;
  containers: ContainerFacts[];
  /** Fields of the pod that are set. */
  podFields: Fact[];
  /** Source of each volume: its kind as the value. */
  volumeSources: Fact<string>[];
}

/** What rules look at, wherever it was read from. */
export interface FunctionFacts {
  /** Who reads it: arguments of the component, or a Function of OpenFunction in one of its versions. */
  source: "arguments" | "v1beta1" | "v1beta2";
  lane: Lane;
  /** Whether Knative serves it, by its rules and beside its proxy; else it is a Deployment or a Job. */
  knative: boolean;
  /** Whether it is told to be WebAssembly at all. */
  isWasm: boolean;
  workloadRuntime?: Fact;
  /** Every place that says which containers are modules; the first one counts. */
  variants: Fact[];
  /** Annotations that crun looks at before those. */
  handlers: Fact[];
  image?: Fact;
  hasPushCredentials: boolean;
  build?: BuildFacts;
  serving?: ServingFacts;
  dapr?: { used: Fact; mode?: Fact; protocol?: Fact };
  /** What OpenFunction's conversion of the first version to the second breaks. */
  misconverted: (Fact & { reason: string; next: string; severity: "error" | "warning" })[];
}

/** An annotation of crun's own, where a machine's containerd passes it on; the pods of a Function get it too. */
export const HANDLER_ANNOTATION = "run.oci.handler";

/** Fields of an object with their paths. */
export const fieldsOf = (path: string, object: object): Fact[] =>
  Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ path: `${path}.${name}`, value }));

/** A record's own path for a name that may hold dots. */
export const at = (path: string, name: string): string =>
  /^[A-Za-z_][\w-]*$/.test(name) ? `${path}.${name}` : `${path}["${name}"]`;
