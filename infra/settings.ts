import { runtime } from "@pulumi/pulumi";
import { parseSettings, type Settings } from "./settings/schema";

export { type Host, parseSettings, type Settings, SettingsError, settingKeys } from "./settings/schema";

/**
 * The one place of the program that reads configuration.
 *
 * @throws SettingsError with every mistake at once.
 */
export function readSettings(project: string): Settings {
  const prefix = `${project}:`;
  const raw = Object.fromEntries(
    Object.entries(runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  return parseSettings(raw);
}
