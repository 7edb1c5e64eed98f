import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artifactKey } from "../store";
import { buildahImage, registryImage } from ".";
import { packageImage } from "./image";
import { upstreamVersion } from "./root";
import { rustImage } from "./rust";

const packages = "buildah\t1.28.2+ds1-3+deb12u1+b3\nbash:amd64\t5.2.15-2\nother\t2:4.5-1\n";

test("the version of an image is that of the program, without Debian's part", () => {
  expect(upstreamVersion(packages, "buildah")).toBe("1.28.2");
  expect(upstreamVersion(packages, "other")).toBe("4.5");
  expect(() => upstreamVersion(packages, "build")).toThrow("package build is not in the root");
});

test("Rust's image is another for another lock file, and is refused without one", () => {
  const crate = mkdtempSync(join(tmpdir(), "ofwasm-crate-"));
  try {
    writeFileSync(join(crate, "Cargo.toml"), "[package]");
    expect(() => rustImage(crate)).toThrow(/Cargo.lock is not there\ngive the folder of a Rust crate/);
    const keys = ["version = 4", "version = 3", "version = 4"].map((lock) => {
      writeFileSync(join(crate, "Cargo.lock"), lock);
      return artifactKey(rustImage(crate));
    });
    expect([keys[0] === keys[2], keys[0] === keys[1]]).toEqual([true, false]);
  } finally {
    rmSync(crate, { recursive: true, force: true });
  }
});

test("what an image is made of decides its key", () => {
  const made = { name: "n", package: "p", repository: "r.example/p", programs: ["/usr/bin/p"], files: ["/etc/p"] };
  const key = (change: object): string => artifactKey(packageImage({ ...made, ...change }));
  const keys = [{}, { programs: [] }, { files: [] }, { image: { cmd: ["p"] } }].map(key);
  expect(new Set([...keys, artifactKey(buildahImage()), artifactKey(registryImage())]).size).toBe(6);
});
