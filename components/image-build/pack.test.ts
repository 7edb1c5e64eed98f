import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { ignoreList } from "./ignore";
import { packFolder } from "./pack";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ofwasm-pack-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
/** A folder with these files, written in this order. */
function folder(files: Record<string, string | Uint8Array>): string {
  const path = join(root, String(++made));
  for (const [name, content] of Object.entries({ Dockerfile: "FROM scratch\n", ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

/** What `tar` finds in the archive. */
function unpacked(packed: { compressed: Buffer }): string[] {
  const listing = execFileSync("tar", ["-tzf", "-"], { input: packed.compressed, encoding: "utf8" });
  return listing.split("\n").filter((line) => line !== "" && !line.endsWith("/"));
}

describe("what is left out", () => {
  test.each([
    ["target", "target/debug/a", true],
    ["target", "src/target/a", false],
    ["**/target", "src/target/a", true],
    ["**/target", "target", true],
    ["*.log", "a.log", true],
    ["*.log", "logs/a.log", false],
    ["**/*.log", "logs/x/a.log", true],
    ["/src/?.rs", "src/a.rs", true],
    ["src/[ab].rs", "src/c.rs", false],
    ["src/[ab].rs", "src/b.rs", true],
    ["a.b", "axb", false],
    ["docs/**", "docs/x/y", true],
    ["# target", "# target", false],
    ["./a/", "a/b", true],
    ["*\n!keep", "keep", false],
    ["*\n!keep", "drop", true],
    ["!keep\n*", "keep", true],
    ["", "a", false],
  ])("by %j: %s", (text, path, left) => {
    expect(ignoreList(text).leavesOut(path)).toBe(left);
  });

  test("is .git and what .dockerignore names, never the Dockerfile nor a path that an exception brings back", () => {
    const source = folder({
      ".dockerignore": "target\nDockerfile\nbuild\n!build/keep",
      ".git/HEAD": "ref",
      "target/big": "x",
      "build/keep": "k",
      "build/drop": "d",
      "src/main.rs": "fn main() {}",
    });
    mkdirSync(join(source, "empty"));
    expect(unpacked(packFolder(source, "./Dockerfile"))).toEqual([
      ".dockerignore",
      "Dockerfile",
      "build/keep",
      "src/main.rs",
    ]);
    const elsewhere = folder({ ".dockerignore": "build", "build/Dockerfile": "FROM scratch", "build/x": "" });
    expect(unpacked(packFolder(elsewhere, "build/Dockerfile"))).toContain("build/Dockerfile");
    expect(unpacked(packFolder(elsewhere, "build/Dockerfile"))).not.toContain("build/x");
  });
});

describe("a packed folder", () => {
  const names = fc.stringMatching(/^[a-z][a-z0-9.-]{0,6}(\/[a-z][a-z0-9-]{0,6}){0,2}$/);
  /** Files whose names do not lie below one another. */
  const trees = fc.dictionary(names, fc.uint8Array({ maxLength: 40 }), { minKeys: 1, maxKeys: 6 }).filter((tree) => {
    const paths = Object.keys(tree);
    return !paths.some((one) => paths.some((other) => other !== one && other.startsWith(`${one}/`)));
  });

  test("is the same for every copy: whenever, in whatever order and with whatever umask it was written", () => {
    fc.assert(
      fc.property(trees, fc.nat(2_000_000_000), (tree, time) => {
        const one = folder(tree);
        const other = folder(Object.fromEntries(Object.entries(tree).reverse()));
        for (const name of Object.keys(tree)) {
          chmodSync(join(other, name), 0o600);
          utimesSync(join(other, name), time, time);
        }
        const [first, second] = [packFolder(one, "Dockerfile"), packFolder(other, "Dockerfile")];
        expect(second.digest).toBe(first.digest);
        expect(second.compressed.equals(first.compressed)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("is another when any byte, name or mode in it is another", () => {
    fc.assert(
      fc.property(trees, fc.nat(), fc.nat(), (tree, file, at) => {
        const before = packFolder(folder(tree), "Dockerfile").digest;
        const [name, content] = Object.entries(tree)[file % Object.keys(tree).length]!;
        const changed = new Uint8Array(content.length === 0 ? [1] : content);
        if (content.length > 0) changed[at % content.length]! ^= 1;
        const { [name]: _, ...rest } = tree;
        const run = folder(tree);
        chmodSync(join(run, name), 0o755);
        const others = [
          packFolder(folder({ ...tree, [name]: changed }), "Dockerfile"),
          packFolder(folder({ ...rest, [`${name}x`]: content }), "Dockerfile"),
          packFolder(folder({ ...tree, [`${name}-new`]: content }), "Dockerfile"),
          packFolder(run, "Dockerfile"),
        ].map(({ digest }) => digest);
        expect(new Set([before, ...others]).size).toBe(5);
      }),
      { numRuns: 40 },
    );
  });

  test("has links as links", () => {
    const source = folder({ "a/real": "x" });
    symlinkSync("real", join(source, "a", "link"));
    const into = join(root, "into");
    mkdirSync(into);
    execFileSync("tar", ["-xzf", "-", "-C", into], { input: packFolder(source, "Dockerfile").compressed });
    expect(readdirSync(join(into, "a"))).toEqual(["link", "real"]);
    expect(existsSync(join(into, "a", "link"))).toBe(true);
  });
});

describe("a folder that cannot be packed", () => {
  test("is named, with the reason", () => {
    expect(() => packFolder(join(root, "none"), "Dockerfile")).toThrow(/none is not there/);
    expect(() => packFolder(folder({}), "Docker")).toThrow(/has no file Docker; set/);
    const linked = folder({});
    symlinkSync("Dockerfile", join(linked, "Docker"));
    expect(() => packFolder(linked, "Docker")).toThrow(/^Docker in source folder .* is a link, .* to the file itself$/);
    symlinkSync(linked, join(root, "link"));
    expect(() => packFolder(join(root, "link"), "Dockerfile")).toThrow(/link is a link, .* give the folder itself/);
    const odd = folder({});
    execFileSync("mkfifo", [join(odd, "pipe")]);
    expect(() => packFolder(odd, "Dockerfile")).toThrow(/pipe is no file, folder or link/);
  });

  test("because of its size, with the size and what is largest", () => {
    const noise = (size: number): Buffer => execFileSync("head", ["-c", String(size), "/dev/urandom"]);
    const source = folder({ "large.bin": noise(4_000), "small.bin": noise(10) });
    const packed = packFolder(source, "Dockerfile").compressed.length;
    expect(packFolder(source, "Dockerfile", packed).compressed).toHaveLength(packed);
    expect(() => packFolder(source, "Dockerfile", packed - 1)).toThrow(
      new RegExp(
        `is ${packed} bytes when packed, and ${packed - 1} are allowed.*largest: large.bin \\(4000 bytes\\), `,
      ),
    );
  });
});
