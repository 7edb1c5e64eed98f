import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitServer, gitServer } from "../../tests/support/git-server";

const SCRIPT = join(__dirname, "scripts/fetch-source.sh");

/** Everything that git could take from who runs the test. */
const ENV = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b",
};

describe("a commit of a repository", () => {
  let root: string;
  let first: string;
  let second: string;
  const gitIn = (folder: string, ...args: string[]): string =>
    execFileSync("git", ["-C", join(root, folder), ...args], { env: ENV, encoding: "utf8" }).trim();
  const git = (...args: string[]): string => gitIn("repository", ...args);
  const commit = (content: string): string => {
    writeFileSync(join(root, "repository/file"), content);
    git("add", ".");
    git("commit", "-q", "-m", content);
    return git("rev-parse", "HEAD");
  };

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ofwasm-git-"));
    mkdirSync(join(root, "repository"));
    git("init", "-q", "-b", "main");
    first = commit("first");
    git("tag", "v1");
    second = commit("second");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  let made = 0;
  const fetched = (revision: string, url = `file://${root}/repository`, ...rest: string[]) => {
    const into = join(root, `into-${++made}`);
    mkdirSync(into);
    const args = [SCRIPT, url, revision, into, ...rest];
    const { status, stdout, stderr } = spawnSync("bash", args, { env: ENV, encoding: "utf8" });
    const files = readdirSync(into).filter((name) => name !== ".git");
    return {
      status,
      stdout,
      stderr,
      files,
      content: files.includes("file") ? readFileSync(join(into, "file"), "utf8") : "",
    };
  };

  test("is fetched by its digits or by a tag, without its history", () => {
    expect(fetched(second)).toMatchObject({ status: 0, files: ["file"], content: "second" });
    expect(fetched(first)).toMatchObject({ status: 0, content: "first" });
    const tagged = fetched("v1");
    expect(tagged).toMatchObject({ status: 0, content: "first" });
    expect(tagged.stdout).toContain(`at ${first}\n`);
  });

  test("is not the last of a branch, and not one that is not there", () => {
    expect(fetched("main")).toMatchObject({
      status: 1,
      files: [],
      stderr: expect.stringMatching(/no tag main could be fetched/),
    });
    expect(fetched("0".repeat(40))).toMatchObject({ status: 1, stderr: expect.stringMatching(/has no commit 0{40}/) });
  });

  test("is fetched by 64 digits from a repository that names its commits so", () => {
    mkdirSync(join(root, "long"));
    gitIn("long", "init", "-q", "--object-format=sha256");
    writeFileSync(join(root, "long/file"), "long");
    gitIn("long", "add", ".");
    gitIn("long", "commit", "-q", "-m", "long");
    const commit = gitIn("long", "rev-parse", "HEAD");
    expect(commit).toHaveLength(64);
    expect(fetched(commit, `file://${root}/long`)).toMatchObject({ status: 0, files: ["file"], content: "long" });
  });

  describe("on a server that asks who one is", () => {
    let server: GitServer;

    beforeAll(async () => {
      server = await gitServer(root, { username: "me", password: "pass word" });
      writeFileSync(join(root, "username"), "me");
      writeFileSync(join(root, "password"), "pass word\n");
    });
    afterAll(() => server.close());

    /** The server answers on this process's loop, so it must not be blocked. */
    const login = (revision: string, ...rest: string[]): Promise<string> =>
      new Promise((done) => {
        const into = mkdtempSync(join(root, "login-"));
        const url = `${server.url}/repository/.git`;
        const child = spawn("bash", [SCRIPT, url, revision, into, ...rest], { env: ENV });
        let text = "";
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk));
        child.on("close", () => done(text));
      });

    test("the login comes from files, and is said nowhere", async () => {
      for (const revision of ["v1", first]) expect(await login(revision, root)).toMatch(` at ${first}\n`);
      expect(server.asked[0]).toBe("nobody");
      expect(server.asked.at(-1)).toBe(`Basic ${Buffer.from("me:pass word").toString("base64")}`);
    });

    test("a wrong password is told by git, without the password", async () => {
      const wrong = mkdtempSync(join(root, "wrong-"));
      writeFileSync(join(wrong, "username"), "me");
      writeFileSync(join(wrong, "password"), "SECRET");
      const text = await login("v1", wrong);
      expect(text).toMatch(/Authentication failed/);
      expect(text).not.toContain("SECRET");
    });

    test("nobody is asked for a password where there is none", async () => {
      expect(await login("v1")).toMatch(/terminal prompts disabled|could not read Username/);
    });
  });
});
