import * as pulumi from "@pulumi/pulumi";

/** A value that the program knows only later. */
export const isLater = (value: unknown): boolean => pulumi.Output.isInstance(value) || value instanceof Promise;

/** Whether anything in a value is known only later. */
export function holdsLater(value: unknown): boolean {
  if (isLater(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsLater);
}

/** The value with a mark in the place of each secret: for what may tell nothing of them, such as a name. */
export function withoutSecrets(value: unknown): pulumi.Input<unknown> {
  if (isLater(value)) {
    const later = pulumi.output(value);
    // Whether it is one is no secret, and known before the value is.
    return pulumi.output(pulumi.isSecret(later)).apply((secret) => (secret ? pulumi.output("(secret)") : later));
  }
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSecrets(one)]));
}

/** A login where a name may stand too. */
export const isLogin = <T extends object>(value: pulumi.Input<string> | T | undefined): value is T =>
  typeof value === "object" && !isLater(value);

/** A plain value stays plain, so that a preview shows it. */
export const mapped = <T, U>(value: pulumi.Input<T>, change: (known: T) => U): pulumi.Input<U> =>
  isLater(value) ? pulumi.output(value).apply((known) => change(known as T)) : change(value as T);

/** One field of an object, or nothing where there is no value for it. */
export const field = <K extends string, T>(name: K, value: T | undefined): { [key in K]?: T } =>
  value === undefined ? {} : ({ [name]: value } as { [key in K]?: T });
