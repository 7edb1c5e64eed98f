import { runtime } from "@pulumi/pulumi";
import { kubeconfigMistakes } from "./settings/existing";
import { loginSecretMistakes } from "./settings/hosts";
import { loginMistakes } from "./settings/sample";
import { parseSettings, type Settings, SettingsError, secretKeys } from "./settings/schema";

export type { Mistake } from "./settings/parse";
export { type Bastion, type Host, parseSettings, type Settings, SettingsError, settingKeys } from "./settings/schema";

/** Part of the SDK's runtime that its types leave out. */
const { isConfigSecret } = runtime as unknown as { isConfigSecret(key: string): boolean };

/**
 * The one place where the Pulumi program reads its configuration.
 *
 * @throws SettingsError with every mistake at once.
 */
export function readSettings(project: string): Settings {
  const prefix = `${project}:`;
  const plain = secretKeys.filter((key) => isSet(runtime.allConfig()[prefix + key]) && !isConfigSecret(prefix + key));
  if (plain.length > 0) {
    throw new SettingsError(
      plain.map((key) => ({
        key,
        value: "(in plain text)",
        allowed: `an encrypted value: pulumi config set --secret ${key}`,
      })),
    );
  }
  const raw = Object.fromEntries(
    Object.entries(runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const settings = parseSettings(raw);
  const mistakes = [...loginMistakes(settings), ...kubeconfigMistakes(settings), ...loginSecretMistakes(settings)];
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  return settings;
}

/** Secrets have nothing as their default. */
const isSet = (raw: string | undefined): boolean => raw !== undefined && raw !== "" && raw !== "{}";
