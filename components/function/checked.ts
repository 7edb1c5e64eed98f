import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_VARIANT, VARIANT_ANNOTATION } from "../wasm-runtime/names";
import type { FunctionSpec } from "./args";
import { asInputError, type Finding, lintFunction } from "./lint";
import { holdsLater } from "./values";

/**
 * @param others what is wrong beside the function itself
 * @throws pulumi.InputPropertiesError that lists every mistake.
 */
export function requireClean(spec: FunctionSpec, others: readonly Finding[] = []): void {
  const errors = [...lintFunction(spec), ...others].filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new pulumi.InputPropertiesError({ message: `function "${spec.name}"`, errors: errors.map(asInputError) });
}

/** The annotation's value; when some values of the function are known only later, it comes after their check. */
export function checkedVariant(spec: FunctionSpec): pulumi.Input<string> {
  if (!holdsLater(spec)) return variantOf(spec);
  // A secret among the arguments makes no secret of this one.
  return pulumi.unsecret(pulumi.output(spec)).apply((known) => {
    requireClean(known as FunctionSpec);
    return pulumi.output(variantOf(known as FunctionSpec));
  });
}

const variantOf = ({ annotations }: FunctionSpec): pulumi.Input<string> =>
  annotations?.[VARIANT_ANNOTATION] ?? DEFAULT_VARIANT;
