import type { Composition } from "./composition";
import { dev } from "./dev";
import { ssh } from "./ssh";

/** Every composition by name. */
export const compositions: Readonly<Record<string, Composition>> = { dev, ssh };

/** @throws when there is no composition of that name, naming those there are. */
export function compositionNamed(name: string): Composition {
  const found = compositions[name];
  if (!found) {
    const known = Object.keys(compositions).join(", ");
    throw new Error(`composition "${name}" is unknown; set the setting "composition" to one of ${known}`);
  }
  return found;
}
