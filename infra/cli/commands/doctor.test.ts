import { UsageError } from "../options";
import { doctor } from "./doctor";

const options = { stack: "dev", set: new Map<string, string>(), help: false, positionals: [], lists: {} };

test.each([
  [{ format: "yaml" }, /--format yaml: it is text or json/],
  [{ format: "json", fix: true }, /--format json is for looking alone/],
])("%j is a mistake in the command line, found before anything is begun", async (flags, message) => {
  const attempt = doctor.run({ ...options, flags } as Parameters<typeof doctor.run>[0], { clone: "/nowhere" });
  await expect(attempt).rejects.toThrow(UsageError);
  await expect(attempt).rejects.toThrow(message);
});
