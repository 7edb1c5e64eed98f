import { SettingsError } from "../infra/settings";
import type { Composition } from "./composition";

/** Every composition by name, loaded when it is asked for: a stack pays for its own environment's code only. */
const compositions: Readonly<Record<string, () => Promise<Composition>>> = {
  dev: async () => (await import("./dev.js")).dev,
  aws: async () => (await import("./aws.js")).aws,
  eks: async () => (await import("./eks.js")).eks,
  existing: async () => (await import("./existing.js")).existing,
  ssh: async () => (await import("./ssh.js")).ssh,
};

/** @throws when there is no composition of that name, naming those there are. */
export async function compositionNamed(name: string): Promise<Composition> {
  const load = compositions[name];
  if (!load) {
    const allowed = `one of ${Object.keys(compositions).join(", ")}`;
    throw new SettingsError([{ key: "composition", value: name, allowed }]);
  }
  return load();
}
