import * as pulumi from "@pulumi/pulumi";
import { needsOf } from "./needs";
import { type KubernetesObject, resourceName, typeToken } from "./object";
import { inOrder, type Needs, withoutImplied } from "./order";

export interface ManifestsArgs {
  /** What to declare, in any order. */
  objects: readonly KubernetesObject[];
  /**
   * `ready`: each object is waited for, as its kind says. `none`: none is, for a cluster that cannot pull the images;
   * what needs running pods is then the caller's to leave out. Default `ready`.
   */
  await?: "ready" | "none";
  /** Which of the objects are not declared; what needs one of them then needs what that one does. Default: none. */
  leftOut?: readonly KubernetesObject[];
}

const SKIP_AWAIT = { "pulumi.com/skipAwait": "true" };

/** Any object under its own type, so that the diff names it as `kubectl` does. */
class ManifestObject extends pulumi.CustomResource {
  constructor(name: string, object: KubernetesObject, opts: pulumi.CustomResourceOptions) {
    super(typeToken(object), name, object, opts);
  }
}

/**
 * Objects of a chart or a file, each a resource of its own, made in the order that their references ask for.
 */
export class Manifests extends pulumi.ComponentResource {
  /** All of the objects. */
  readonly objects: readonly pulumi.Resource[];
  /** Those that no other of the objects waits for: what depends on these comes after the whole. */
  readonly last: readonly pulumi.Resource[];

  constructor(name: string, args: ManifestsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:Manifests", name, {}, opts);
    const declared = new Map<KubernetesObject, pulumi.Resource>();
    const all = withoutThose(args.leftOut ?? [], needsOf(args.objects));
    const ordered = inOrder([...all.keys()], all);
    const needs = withoutImplied(ordered, all);
    const first = (object: KubernetesObject): boolean => needs.get(object)!.size === 0;
    withoutStacks(() => {
      for (const object of ordered) {
        declared.set(
          object,
          new ManifestObject(resourceName(name, object), args.await === "none" ? unawaited(object) : object, {
            parent: this,
            // The engine does not hand down what a component waits for; the others wait for the first.
            dependsOn: first(object) ? opts?.dependsOn : [...needs.get(object)!].map((needed) => declared.get(needed)!),
          }),
        );
      }
    });
    this.objects = [...declared.values()];
    const waitedFor = new Set([...needs.values()].flatMap((needed) => [...needed]));
    this.last = [...declared].filter(([object]) => !waitedFor.has(object)).map(([, resource]) => resource);
    this.registerOutputs({ objects: declared.size });
  }
}

/** The SDK writes down where each property of a resource was made: a third of the time that many objects take. */
function withoutStacks(declare: () => void): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    declare();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const unawaited = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...(object.metadata.annotations as Record<string, string> | undefined), ...SKIP_AWAIT },
  },
});

/** The needs of the others, with what the left out ones need in their place. */
function withoutThose(leftOut: readonly KubernetesObject[], needs: Needs): Needs {
  if (leftOut.length === 0) return needs;
  const gone = new Set(leftOut);
  const real = (object: KubernetesObject, seen: ReadonlySet<KubernetesObject>): KubernetesObject[] =>
    [...(needs.get(object) ?? [])].flatMap((needed) => {
      if (!gone.has(needed)) return [needed];
      return seen.has(needed) ? [] : real(needed, new Set([...seen, needed]));
    });
  return new Map(
    [...needs.keys()].filter((object) => !gone.has(object)).map((object) => [object, new Set(real(object, new Set()))]),
  );
}
