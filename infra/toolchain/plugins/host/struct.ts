import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PropertyMap, PropertyValue } from "./values";

/** Reads a protobuf Struct; an absent one is an empty map. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  // The typed result is what JSON can hold, which is exactly a property map.
  return struct ? (struct.toJavaScript() as PropertyMap) : {};
}

/** Writes a property map as a protobuf Struct; absent values are left out. */
export function toStruct(map: PropertyMap): Struct {
  return Struct.fromJavaScript(dense(map) as Parameters<typeof Struct.fromJavaScript>[0]);
}

/** The protobuf library writes an absent value as an empty message, which the engine refuses. */
function dense(value: PropertyValue): PropertyValue {
  if (Array.isArray(value)) return value.map((item: PropertyValue | undefined) => dense(item ?? null));
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, PropertyValue> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) result[key] = dense(item);
  return result;
}
