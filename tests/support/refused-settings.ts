import { SettingsError } from "../../infra/settings";

/** What settings are refused with, a line for each mistake; nothing when they are not. */
export function refusedSettings(parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes.map(({ key, allowed }) => `${key}: ${allowed}`);
    throw error;
  }
}
