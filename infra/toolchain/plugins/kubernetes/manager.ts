import { createHash } from "node:crypto";
import type { Kind } from "./tokens";
import { annotation, type Properties } from "./values";

const MANAGER = "pulumi-kubernetes";
const FIELD_MANAGER = "pulumi.com/patchFieldManager";

/**
 * The name under which fields are owned in the cluster.
 *
 * @param before the name in the state, which stays unless the annotation names another
 */
export function managerName(of: Kind, urn: string, object: Properties, before?: string): string {
  const asked = annotation(object, FIELD_MANAGER);
  if (asked) return asked;
  if (before) return before;
  if (!of.patch) return MANAGER;
  // Two patches of one object under one name would each drop the other's fields.
  return `${MANAGER}-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}
