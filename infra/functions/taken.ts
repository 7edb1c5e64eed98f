type Loose = Record<string, unknown>;

/**
 * An object that is taken apart: each value that is read is gone from it, so that what is left in the end is what
 * nobody read.
 */
export class Taken {
  private constructor(
    private readonly object: Loose,
    private readonly path: string,
    /** Objects and lists in which nothing was from the start, and which nobody looked into. */
    private readonly empty: Set<unknown>,
  ) {}

  static of(object: unknown): Taken {
    const own = structuredClone(object) as Loose;
    return new Taken(own, "", new Set(emptyIn(own)));
  }

  /** Takes a value out. */
  take<T = unknown>(name: string): T | undefined {
    const value = this.object[name];
    delete this.object[name];
    return value as T | undefined;
  }

  /** What was taken and is of no use. */
  putBack(name: string, value: unknown): void {
    this.object[name] = value;
  }

  /** Takes a text out; anything else stays. */
  text(name: string): string | undefined {
    return typeof this.object[name] === "string" ? this.take<string>(name) : undefined;
  }

  /** What is inside a value; nothing is inside one that is not there, and that nothing is in an empty one is read. */
  inside(name: string): Taken {
    const value = this.object[name];
    this.empty.delete(value);
    return this.part(value, this.path === "" ? name : `${this.path}.${name}`);
  }

  /** What is inside a value that was taken out. */
  part(value: unknown, path = ""): Taken {
    return new Taken(typeof value === "object" && value !== null ? (value as Loose) : {}, path, this.empty);
  }

  /** Looks at a value and leaves it there. */
  peek(name: string): unknown {
    return this.object[name];
  }

  has(name: string): boolean {
    return this.object[name] !== undefined;
  }

  names(): string[] {
    return Object.keys(this.object);
  }

  /** Paths and values of what nobody took. */
  left(): [string, unknown][] {
    return leaves(this.object, this.path, this.empty);
  }
}

const emptyIn = (value: unknown): unknown[] => {
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.values(value);
  return inside.length === 0 ? [value] : inside.flatMap(emptyIn);
};

function leaves(value: unknown, path: string, empty: ReadonlySet<unknown>): [string, unknown][] {
  if (typeof value !== "object" || value === null || empty.has(value)) return [[path, value]];
  const inside = Object.entries(value).filter(([, one]) => one !== undefined);
  return inside.flatMap(([name, one]) => {
    const step = Array.isArray(value) ? `[${name}]` : /^[\w-]+$/.test(name) ? `${path && "."}${name}` : `["${name}"]`;
    return leaves(one, path + step, empty);
  });
}

/** Whether two plain values say the same, in whichever order their fields are. */
export const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, one]) => [name, sorted(one)]),
  );
};
