import * as pulumi from "@pulumi/pulumi";

/** Annotation by which an object is known as this stack's: only such a one is adopted when it exists already. */
export const MARKER = "ofwasm.dev/stack";

/** What the marker of a stack's objects says. */
export const markerOf = (project: string, stack: string): string => `${project}/${stack}`;

/** Puts the stack's marker on every Kubernetes object that the program declares. */
export function markObjects(project: string, stack: string): void {
  const value = markerOf(project, stack);
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    // A patch changes an object of somebody else; the marker would claim it.
    if (!type.startsWith("kubernetes:") || type.endsWith("Patch")) return undefined;
    const { metadata = {} } = props as { metadata?: pulumi.Input<Metadata> };
    const marked = pulumi.output(metadata).apply((known) => ({
      ...known,
      annotations: { ...known.annotations, [MARKER]: value },
    }));
    return { props: { ...props, metadata: marked }, opts };
  });
}

interface Metadata {
  annotations?: Record<string, string>;
}
