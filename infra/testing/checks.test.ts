import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versions } from "../versions";
import { installedCargo } from "./checks";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-checks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A cargo that answers so when it is asked for its version. */
function cargo(script: string): string {
  const file = join(folder, "cargo");
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

const { minimum } = versions.rust;

test.each([minimum, "1.95.0"])("cargo %s runs the tests of the samples", async (version) => {
  const found = cargo(`echo "cargo ${version} (f2d3ce0bd 2026-03-21)"`);
  expect(await installedCargo(folder)).toEqual({ found });
});

test("Debian 12's cargo is passed over with the reason: it cannot read lock files of version 4", async () => {
  const old = cargo('echo "cargo 1.65.0"');
  expect(await installedCargo(folder)).toEqual({ reason: `${old} is 1.65.0, older than ${minimum}` });
});

test("a cargo that does not run, such as rustup's without a toolchain, and none at all, are told", async () => {
  expect(await installedCargo(folder)).toEqual({ reason: "cargo is not on PATH" });
  const broken = cargo("echo 'error: no default toolchain' >&2; exit 1");
  expect(await installedCargo(folder)).toEqual({ reason: `${broken} does not tell its version` });
});
