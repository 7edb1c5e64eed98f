import { chosenAction } from "./backup";

const chosen = (positionals: string[], flags: Record<string, string | boolean> = {}) =>
  chosenAction({ positionals, flags });

test("what is asked for is read from the words", () => {
  expect(chosen([])).toEqual({ name: "take", keep: undefined });
  expect(chosen([], { keep: "7" })).toEqual({ name: "take", keep: 7 });
  expect(chosen(["list"])).toEqual({ name: "list" });
  expect(chosen(["verify", __filename])).toEqual({ name: "verify", file: __filename });
  expect(chosen(["restore", __filename], { "into-new-cluster": true })).toEqual({ name: "restore", file: __filename });
});

test.each<[string[], Record<string, string | boolean>, string]>([
  [["restore"], {}, "say nothing to take a backup, or list, verify FILE or restore FILE"],
  [["list", "more"], {}, "say nothing to take a backup"],
  [["verify", "a", "b"], {}, '"b" is one word too many'],
  [["verify", "/absent"], {}, "verify /absent: there is no such file"],
  [["list"], { keep: "3" }, "--keep: only taking a backup has it"],
  [[], { keep: "0" }, "--keep 0: a whole number from 1 to 9999"],
  [[], { keep: "all" }, "--keep all: a whole number"],
  [[], { "into-new-cluster": true }, "--into-new-cluster: only restore has it"],
])("%j %j is refused", (positionals, flags, message) => {
  expect(() => chosen(positionals, flags)).toThrow(message);
});
