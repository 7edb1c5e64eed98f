import { at, isMissing, UNKNOWN, type Values } from "./values";

/** A resource that the program wants, as rules see it. */
export interface Resource {
  /** `aws:ec2/instance:Instance` */
  type: string;
  name: string;
  urn: string;
  inputs: Values;
  /** Whether the engine refuses to delete it. */
  protect: boolean;
  /** Whether losing its stack would hurt. */
  production: boolean;
  /** Whether an input is kept as a secret; true as well where whoever asks the rules cannot tell. */
  isSecret(...path: readonly string[]): boolean;
}

/** `mandatory` ends the run, `advisory` is only shown. */
export type Level = "mandatory" | "advisory";

/** One thing that must hold of resources of some types. */
export interface Rule {
  /** Unique; lower-case words with dashes, the first says of what. */
  name: string;
  /** What must hold, one sentence. */
  description: string;
  level: Level;
  /** What to do about a violation. */
  remedy: string;
  /** Which types it judges. */
  on(type: string): boolean;
  /** What is wrong with a resource, one line each. Never a secret's value. */
  judge(resource: Resource): string[];
}

export const ofTypes = (...types: readonly string[]): Rule["on"] => {
  const known = new Set(types);
  return (type) => known.has(type);
};

/** A judgement of one line. */
export const when = (wrong: boolean, line: string): string[] => (wrong ? [line] : []);

/** Whether an input has a value that is known and kept as no secret. */
export function isInTheOpen(resource: Resource, ...path: readonly string[]): boolean {
  const value = at(resource.inputs, ...path);
  return !isMissing(value) && value !== UNKNOWN && !resource.isSecret(...path);
}
