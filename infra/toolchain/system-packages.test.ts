import { silentProgress } from "./progress";
import { ensureSystemPackages, missingFrom } from "./system-packages";

test("what dpkg does not call installed is missing", () => {
  const listing = "curl installed\ngcc config-files\nmake not-installed\n";
  expect(missingFrom(["curl", "gcc", "make", "unknown"], listing)).toEqual(["gcc", "make", "unknown"]);
});

test("nothing to install asks for no rights and starts no step", async () => {
  const progress = { step: jest.fn(silentProgress.step) };
  await ensureSystemPackages(["dpkg"], progress);
  expect(progress.step).not.toHaveBeenCalled();
});
