/** What a run says when it fails; empty when it does not. */
export async function refusal(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "";
  } catch (error) {
    return String(error);
  }
}

/** Rule and resource of each violation, as the engine lists them at the end. */
export const violations = (output: string, level: string): string[] =>
  [
    ...new Set(
      [...output.matchAll(new RegExp(`- \\[${level}\\] +(\\S+) +\\(\\S+ (\\S+)\\)`, "g"))].map(
        ([, rule, resource]) => `${rule} ${resource}`,
      ),
    ),
  ].sort();
