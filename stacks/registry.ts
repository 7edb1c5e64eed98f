import { SettingsError } from "../infra/settings";
import type { Composition } from "./composition";
import { dev } from "./dev";
import { ssh } from "./ssh";

/** Every composition by name. */
export const compositions: Readonly<Record<string, Composition>> = { dev, ssh };

/** @throws when there is no composition of that name, naming those there are. */
export function compositionNamed(name: string): Composition {
  const found = compositions[name];
  if (!found) {
    const allowed = `one of ${Object.keys(compositions).join(", ")}`;
    throw new SettingsError([{ key: "composition", value: name, allowed }]);
  }
  return found;
}
