import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_VARIANT, VARIANT_ANNOTATION } from "../wasm-runtime";
import type { FunctionSpec } from "./args";
import { lintFunction } from "./lint";

/** @throws pulumi.InputPropertiesError that lists every mistake. */
export function requireClean(spec: FunctionSpec): void {
  const errors = lintFunction(spec);
  if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `function "${spec.name}"`, errors });
}

/** The annotation's value; when some values of the function are known only later, it comes after their check. */
export function checkedVariant(spec: FunctionSpec): pulumi.Input<string> {
  if (!holdsOutput(spec)) return variantOf(spec);
  return pulumi.output(spec).apply((known) => {
    requireClean(known as FunctionSpec);
    return pulumi.output(variantOf(known as FunctionSpec));
  });
}

const variantOf = ({ annotations }: FunctionSpec): pulumi.Input<string> =>
  annotations?.[VARIANT_ANNOTATION] ?? DEFAULT_VARIANT;

function holdsOutput(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsOutput);
}
