import * as pulumi from "@pulumi/pulumi";

/** A value that the program knows only later. */
export const isLater = (value: unknown): boolean => pulumi.Output.isInstance(value) || value instanceof Promise;

/** Whether anything in a value is known only later. */
export function holdsLater(value: unknown): boolean {
  if (isLater(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsLater);
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
