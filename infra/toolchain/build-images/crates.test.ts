import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { filesBelow } from "../store";
import { crateProblems, foreignCrates, withoutCode } from "./crates";
import { rustImage } from "./rust";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-crates-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index";

const entry = (name: string, source?: string): string =>
  ["", "[[package]]", `name = "${name}"`, 'version = "0.1.0"', ...(source ? [`source = "${source}"`] : []), ""].join(
    "\n",
  );

test("crates of git repositories and of other registries are refused by name, all of them", () => {
  const git = "git+https://git.example.org/b?branch=main#0a1b";
  const registry = "registry+https://crates.example.org/index";
  const lock = ["version = 4\n", entry("app"), entry("a", CRATES_IO), entry("b", git), entry("c", registry)].join("");
  expect(foreignCrates(lock)).toEqual([`b 0.1.0 from ${git}`, `c 0.1.0 from ${registry}`]);
  writeFileSync(join(folder, "Cargo.toml"), "[package]");
  writeFileSync(join(folder, "Cargo.lock"), lock);
  expect(() => rustImage(folder)).toThrow(/^b 0\.1\.0 from git\+.*: only crates of crates\.io .*\nc 0\.1\.0 from /);
});

test("the samples' crates can be brought along", () => {
  for (const name of ["http-server", "dapr-state"])
    expect(crateProblems(join(__dirname, "../../../samples", name))).toEqual([]);
});

test("both manifests are told where both are missing", () => {
  expect(crateProblems(folder)).toEqual(["toml", "lock"].map((end) => `${join(folder, `Cargo.${end}`)} is not there`));
});

test("a crate without its code is one that cargo takes: of its files no hash is left, of the package it is", () => {
  const files = { "Cargo.toml": "[package]", "src/lib.rs": "code", "src/more.rs": "code", "build.rs": "code" };
  mkdirSync(join(folder, "src"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const hashes = Object.fromEntries(Object.keys(files).map((name) => [name, "0".repeat(64)]));
  writeFileSync(join(folder, ".cargo-checksum.json"), JSON.stringify({ files: hashes, package: "abc" }));
  withoutCode(folder);
  const left = filesBelow(folder, []).map((file) => [relative(folder, file), readFileSync(file, "utf8")]);
  expect(Object.fromEntries(left)).toEqual({
    ".cargo-checksum.json": '{"files":{},"package":"abc"}',
    "Cargo.toml": "[package]",
    "build.rs": "fn main() {}\n",
    "src/lib.rs": "",
  });
});
