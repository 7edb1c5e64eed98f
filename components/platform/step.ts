import type { KubernetesObject } from "../manifests";

/** Where Shipwright has the source. */
export const SOURCE_ROOT = "/workspace/source";

/** Folder of the files in which a step tells its results, one a file. */
export const RESULTS = "/tekton/results";

/** What a Build says of itself. */
export interface StepValues {
  /** Folder of the source in which the image is built. Default: its root. */
  contextDir?: string;
  /** Path of the Dockerfile in that folder. Default `Dockerfile`. */
  dockerfile?: string;
  /** Name under which the image is pushed. */
  image: string;
  /** Values of the strategy's parameters: a list where the strategy declares a list. Default: the strategy's own. */
  parameters?: Readonly<Record<string, string | readonly string[]>>;
}

/** A container that does what the step of a strategy says. */
export interface StepContainer {
  name: string;
  image: string;
  command: string[];
  args: string[];
  workingDir?: string;
  env: object[];
  volumeMounts: object[];
  securityContext: object;
  resources: object;
}

interface Parameter {
  name: string;
  type?: "string" | "array";
  default?: string;
  defaults?: readonly string[];
}

interface Step extends Partial<StepContainer> {
  name: string;
  image: string;
}

/**
 * The steps of a build strategy as containers of a pod, with what Shipwright 0.10 and Tekton 0.37 would put in for
 * their placeholders. For clusters that have neither: the strategy stays the only definition of a build.
 *
 * Where `$(params.NAME[*])` is an argument of its own, the list becomes as many arguments as it has members; an empty
 * one becomes none. A dollar sign with parentheses that is no placeholder is left to who reads it: a shell, or the
 * kubelet for names of environment variables.
 *
 * @throws when a parameter is not the strategy's, has no value, or is a list where one value is wanted or the other way
 *   round, and when a placeholder stands for nothing: names it.
 */
export function stepContainers(strategy: KubernetesObject, values: StepValues): StepContainer[] {
  const { buildSteps, parameters = [] } = strategy.spec as { buildSteps: Step[]; parameters?: Parameter[] };
  const replace = replacer(strategy.metadata.name, replacements(strategy.metadata.name, parameters, values));
  return buildSteps.map((step) => ({
    name: step.name,
    image: replace.text(step.image),
    command: replace.list(step.command ?? []),
    args: replace.list(step.args ?? []),
    ...(step.workingDir === undefined ? {} : { workingDir: replace.text(step.workingDir) }),
    env: step.env ?? [],
    volumeMounts: step.volumeMounts ?? [],
    securityContext: step.securityContext ?? {},
    resources: step.resources ?? {},
  }));
}

/** Value of every placeholder but results, by what stands between its parentheses. */
function replacements(
  strategy: string,
  parameters: readonly Parameter[],
  { contextDir = "", dockerfile = "Dockerfile", image, parameters: given = {} }: StepValues,
): ReadonlyMap<string, string | readonly string[]> {
  const unknown = Object.keys(given).filter((name) => !parameters.some((parameter) => parameter.name === name));
  if (unknown.length > 0)
    throw new Error(
      `strategy ${strategy} has no parameter ${unknown.join(", ")}; it has ${parameters.map(({ name }) => name).join(", ")}`,
    );
  return new Map<string, string | readonly string[]>([
    ...parameters.map(
      ({ name, ...about }) => [`params.${name}`, parameterValue(strategy, name, about, given[name])] as const,
    ),
    ["params.shp-source-root", SOURCE_ROOT],
    ["params.shp-source-context", contextPath(contextDir)],
    ["params.shp-output-image", image],
    ["build.dockerfile", dockerfile],
    ["build.output.image", image],
    ["build.source.contextDir", contextDir || "."],
  ]);
}

/** Where a folder of the source is in the pod. */
function contextPath(contextDir: string): string {
  const parts = contextDir.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new Error(`contextDir "${contextDir}" leaves the source; give a folder in it`);
  return [SOURCE_ROOT, ...parts].join("/");
}

function parameterValue(
  strategy: string,
  name: string,
  { type = "string", default: single, defaults }: Omit<Parameter, "name">,
  given: string | readonly string[] | undefined,
): string | readonly string[] {
  const value = given ?? (type === "array" ? defaults : single);
  const parameter = `parameter ${name} of strategy ${strategy}`;
  if (value === undefined) throw new Error(`${parameter} has no value and no default; give it one`);
  if (Array.isArray(value) !== (type === "array"))
    throw new Error(`${parameter} takes ${type === "array" ? "a list" : "one value"}, not ${JSON.stringify(value)}`);
  return value;
}

const PLACEHOLDER = /\$\(((?:inputs\.)?params[.[][^()]*|build\.[^()]*|results\.([^()]+)\.path)\)/g;

function replacer(strategy: string, values: ReadonlyMap<string, string | readonly string[]>) {
  const standsFor = (placeholder: string, inside: string, result?: string): string | readonly string[] => {
    if (result !== undefined) return `${RESULTS}/${result}`;
    const name = inside.replace(/^inputs\./, "").replace(/\[['"](.*)['"]\]/, ".$1");
    const value = values.get(name.replace(/\[\*\]$/, ""));
    if (value === undefined) throw new Error(`strategy ${strategy}: ${placeholder} stands for nothing`);
    return value;
  };
  // One pass: a value that looks like a placeholder is a value.
  const text = (template: string): string =>
    template.replace(PLACEHOLDER, (placeholder: string, inside: string, result?: string) => {
      const value = standsFor(placeholder, inside, result);
      if (typeof value === "string") return value;
      throw new Error(`strategy ${strategy}: the list ${placeholder} must be an argument of its own`);
    });
  const argument = (template: string): readonly string[] => {
    const [whole] = template.matchAll(PLACEHOLDER);
    if (whole?.[0] !== template) return [text(template)];
    const value = standsFor(whole[0], whole[1] as string, whole[2]);
    return typeof value === "string" ? [value] : value;
  };
  return { text, list: (templates: readonly string[]): string[] => templates.flatMap(argument) };
}
