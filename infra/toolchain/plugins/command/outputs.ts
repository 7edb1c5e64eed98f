import { containsSecrets, type PropertyMap, type PropertyValue, sameValue, secret, UNKNOWN } from "../host";
import { type Output, trimOutput } from "./output";

/** Resource outputs: the inputs as given, and what the command printed; secret when any input is. */
export function commandOutputs(inputs: PropertyMap, printed: Output): PropertyMap {
  return withOutput(inputs, trimOutput(printed.stdout), trimOutput(printed.stderr));
}

/** Outputs when no command ran: those of the last run stay. */
export function keptOutputs(inputs: PropertyMap, olds: PropertyMap): PropertyMap {
  return withOutput(inputs, olds.stdout ?? "", olds.stderr ?? "");
}

/** Outputs in a preview: what the command will print is unknown when it will run. */
export function previewOutputs(
  inputs: PropertyMap,
  before?: { inputs: PropertyMap; outputs: PropertyMap },
): PropertyMap {
  if (before && sameValue(before.inputs, inputs)) return keptOutputs(inputs, before.outputs);
  return withOutput(inputs, UNKNOWN, UNKNOWN);
}

function withOutput(inputs: PropertyMap, stdout: PropertyValue, stderr: PropertyValue): PropertyMap {
  const hidden = containsSecrets(inputs);
  const wrap = (value: PropertyValue): PropertyValue => (hidden ? secret(value) : value);
  return { ...inputs, stdout: wrap(stdout), stderr: wrap(stderr) };
}
