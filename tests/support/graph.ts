import * as pulumi from "@pulumi/pulumi";

/** One resource as the program declared it. */
export interface Declared {
  type: string;
  name: string;
  /** Name of the parent; empty for the stack's own children. */
  parent: string;
  /** Names of what it waits for. */
  dependsOn: string[];
  /** Name of its provider; empty for the default one. */
  provider: string;
  deletedWith: string;
  replaceWith: string[];
  /** Another value of it makes the resource anew. */
  replacementTrigger: unknown;
  secretOutputs: string[];
  ignoreChanges: string[];
  deleteBeforeReplace: boolean;
  /** How long the engine lets the provider wait, as `120s`; empty for the provider's own time. */
  timeouts: { create: string; update: string };
  /** Types that it may have had in the state. */
  formerTypes: string[];
  /** Inputs as the engine gets them; unset for components. */
  inputs: Record<string, unknown>;
}

/** The part of a registration that the SDK's mocks do not show. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getProvider(): string;
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getReplacementTrigger(): { toJavaScript(): unknown } | undefined;
  getAdditionalsecretoutputsList(): string[];
  getIgnorechangesList(): string[];
  getDeletebeforereplace(): boolean;
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string } | undefined;
  getAliasesList(): { getSpec(): { getType(): string } | undefined }[];
}

const lastPart = (urn: string): string => urn.split("::").at(-1) ?? "";

/** A provider's reference ends with its id. */
const providerName = (reference: string): string => lastPart(reference.split("::").slice(0, -1).join("::"));

/**
 * Records everything that a program declares from here on, without an engine.
 *
 * @param outputs what a created resource has beyond its inputs, such as a command's stdout
 * @param answer what a question to a provider is answered. Default: its own arguments
 * @returns the resources by name, filled as they are registered; a name that is there twice throws
 */
export function recordGraph(
  outputs: (resource: { type: string; name: string }) => Record<string, unknown> = () => ({}),
  answer: (token: string, args: Record<string, unknown>) => Record<string, unknown> = (_, args) => args,
): Map<string, Declared> {
  const graph = new Map<string, Declared>();
  const inputs = new Map<string, Record<string, unknown>>();
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given }) => {
        inputs.set(name, given);
        const known = graph.get(name);
        if (known) known.inputs = given;
        return { id: `${name}-id`, state: { ...given, ...outputs({ type, name }) } };
      },
      call: ({ token, inputs: given }) => answer(token, given),
    },
    "project",
    "dev",
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource(request: Request, done: unknown): void };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    const name = request.getName();
    if (graph.has(name)) throw new Error(`two resources are called ${name}`);
    graph.set(name, {
      type: request.getType(),
      name,
      parent: request.getParent().includes("pulumi:pulumi:Stack::") ? "" : lastPart(request.getParent()),
      dependsOn: request.getDependenciesList().map(lastPart),
      provider: providerName(request.getProvider()),
      deletedWith: lastPart(request.getDeletedwith()),
      replaceWith: request.getReplaceWithList().map(lastPart),
      replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
      secretOutputs: request.getAdditionalsecretoutputsList(),
      ignoreChanges: request.getIgnorechangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      timeouts: {
        create: request.getCustomtimeouts()?.getCreate() ?? "",
        update: request.getCustomtimeouts()?.getUpdate() ?? "",
      },
      formerTypes: request.getAliasesList().flatMap((alias) => alias.getSpec()?.getType() || []),
      inputs: inputs.get(name) ?? {},
    });
    register(request, done);
  };
  return graph;
}

/** The value of an output. */
export const settled = <T>(output: pulumi.Input<T>): Promise<T> =>
  new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
