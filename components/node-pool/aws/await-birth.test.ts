import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPT = join(__dirname, "../scripts/await-birth.sh");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "await-birth-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function command(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** Runs the script on a machine whose cloud-init and containerd end like this. */
function run(cloudInit: number, containerd: number) {
  command(
    "cloud-init",
    `[ "$2" = --wait ] || { echo "status: error"; echo "detail: no packages"; }\nexit ${cloudInit}`,
  );
  command("systemctl", `exit ${containerd}`);
  return spawnSync("bash", [SCRIPT], { env: { PATH: `${folder}:${process.env.PATH}` }, encoding: "utf8" });
}

it("says nothing of a machine that is ready", () => {
  expect(run(0, 0)).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

it("takes cloud-init's warnings for what they are", () => expect(run(2, 0).status).toBe(0));

it("fails with cloud-init's own words", () => {
  const { status, stderr } = run(1, 0);
  expect(status).toBe(1);
  expect(stderr).toContain("error: cloud-init failed: status: error detail: no packages");
});

it("fails when containerd does not run, and says what it may be for want of", () => {
  const { status, stderr } = run(0, 3);
  expect(status).toBe(1);
  expect(stderr).toContain("containerd does not run; without a way to a package source");
});
