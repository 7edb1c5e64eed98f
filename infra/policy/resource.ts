import {
  containsSecrets,
  isMap,
  isSecret,
  isUnknown,
  type PropertyMap,
  type PropertyValue,
  SIGNATURE,
} from "../toolchain/plugins/host/values";
import type { Resource } from "./rule";
import { fields, UNKNOWN, type Value, type Values } from "./values";

/** What the engine says of a resource before it is made. */
export interface Registration {
  type: string;
  name: string;
  urn: string;
  properties: PropertyMap;
  protect: boolean;
}

/** A resource from the engine's own form of it. Inputs are laid open when they are first asked for. */
export function resourceOf({ properties, ...rest }: Registration, production: boolean): Resource {
  let inputs: Values | undefined;
  return {
    ...rest,
    production,
    get inputs() {
      inputs ??= fields(plain(properties));
      return inputs;
    },
    isSecret: (...path) => secretAt(properties, path),
  };
}

function plain(value: PropertyValue): Value {
  if (isUnknown(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map((item: PropertyValue) => plain(item));
  if (!isMap(value)) return value as Value;
  if (isWrapped(value)) return value.value === undefined ? UNKNOWN : plain(value.value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, inner === undefined ? undefined : plain(inner)]),
  );
}

/** Secrets and outputs hold a value; assets are what they are. */
const isWrapped = (value: PropertyMap): boolean => isSecret(value) || (SIGNATURE in value && "value" in value);

/** A secret on the way to a value covers it; so does one inside of it. */
function secretAt(value: PropertyValue | undefined, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return containsSecrets(value);
  if (isMap(value)) return isWrapped(value) ? containsSecrets(value) : secretAt(value[key], rest);
  return Array.isArray(value) && secretAt(value[Number(key)], rest);
}
