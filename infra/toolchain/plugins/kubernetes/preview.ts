import { toState } from "./objects";
import { at, isObject, type Properties, UNKNOWN, type Value } from "./values";

/** What a dry run makes up and the real run will make up differently. */
const VOLATILE = ["creationTimestamp", "generation", "resourceVersion", "uid"];

const SERVICE_VOLATILE = ["clusterIP", "clusterIPs", "healthCheckNodePort"];

/** The state that a create is expected to give, from a dry run; what only the real run can tell is unknown. */
export function previewState(result: Properties, inputs: Properties, manager: string): Properties {
  const { status: _, ...rest } = result;
  const metadata: Properties = { ...(isObject(rest.metadata) ? rest.metadata : {}) };
  for (const key of VOLATILE) metadata[key] = UNKNOWN;
  const spec = certainSpec(rest, inputs);
  return toState({ ...rest, metadata, ...(spec === undefined ? {} : { spec }) }, inputs, manager);
}

function certainSpec(object: Properties, inputs: Properties): Value | undefined {
  // A Job's selector and labels carry its uid.
  if (object.kind === "Job") return inputs.spec;
  const { spec } = object;
  if (object.kind !== "Service" || !isObject(spec)) return spec;
  const certain: Properties = { ...spec };
  for (const key of SERVICE_VOLATILE)
    if (certain[key] !== undefined && at(inputs, "spec", key) === undefined) certain[key] = UNKNOWN;
  return certain;
}
