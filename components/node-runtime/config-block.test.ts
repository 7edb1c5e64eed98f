import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as fc from "fast-check";
import { parse, stringify } from "smol-toml";

// Some hundred cases, each of a dozen processes.
jest.setTimeout(120_000);

/** Schemas of containerd's file that a block can be written in. */
type Schema = 2 | 3 | 4;

type Tables = Record<string, Record<string, Record<string, Record<string, Record<string, unknown>>>>>;

const BINARY = "/usr/local/bin/crun";

/** The functions of the script that write and remove the block, in one shell for all cases. */
class Script {
  private readonly folder = mkdtempSync(join(tmpdir(), "block-"));
  private readonly answers: AsyncIterator<string>;
  private readonly shell: ChildProcessWithoutNullStreams;

  constructor() {
    const program = `source common.sh; source config.sh; cd '${this.folder}'
      while read -r function arguments; do
        # shellcheck disable=SC2086
        code=0; ( "$function" $arguments >output 2>/dev/null ) || code=$?; echo "$code"
      done`;
    this.shell = spawn("bash", ["-c", program], { cwd: join(__dirname, "scripts") });
    this.answers = createInterface(this.shell.stdout)[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    this.shell.stdin.end();
    await once(this.shell, "close");
    rmSync(this.folder, { recursive: true });
  }

  /** The operator's file with the block; `undefined` stands for no file. */
  async added(original: string | undefined, schema: Schema, systemd: boolean, defaults = ""): Promise<string> {
    this.write("original", original ?? "");
    this.write("defaults", defaults);
    return this.output(`candidate_config original ${schema} ${systemd} ${original === undefined} defaults`);
  }

  /** A file without the block; fails when one of its marks is missing. */
  removed(file: string): Promise<string> {
    this.write("file", file);
    return this.output("without_block file");
  }

  /** Whether the block says that the file as a whole is ours. */
  async ownsFile(file: string): Promise<boolean> {
    this.write("file", file);
    const first = (await this.output("block_text file")).split("\n")[0] ?? "";
    return first.endsWith(" (and the file)");
  }

  private write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  private async output(call: string): Promise<string> {
    this.shell.stdin.write(`${call}\n`);
    const { value } = await this.answers.next();
    if (value !== "0") throw new Error(`${call}: exit code ${value}`);
    return readFileSync(join(this.folder, "output"), "utf8");
  }
}

const schema = fc.constantFrom<Schema>(2, 3, 4);

/** Any text that is no block itself. */
const content = fc
  .array(fc.oneof(fc.string(), fc.constantFrom("\n", "\r\n", "# ", "version = 2", "[plugins]", "\t", "é")))
  .map((parts) => parts.join("").replaceAll("ofwasm", "").replaceAll("\0", ""));

const key = fc.stringMatching(/^[a-z_]{1,8}$/);
const value = fc.oneof(fc.integer(), fc.boolean(), fc.string(), fc.array(fc.string(), { maxLength: 3 }));

/** A configuration with what an operator may have in it, CRI tables included, but no runtime of our name. */
const operatorConfig = fc
  .record({
    root: fc.dictionary(key, value, { maxKeys: 3 }),
    cri: fc.dictionary(key, value, { maxKeys: 3 }),
    runtimes: fc.dictionary(fc.stringMatching(/^r[a-z]{1,5}$/), fc.dictionary(key, value), { maxKeys: 2 }),
    plugin: fc.constantFrom("io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.other.v1"),
  })
  .map(({ root, cri, runtimes, plugin }) => ({
    ...root,
    version: 2,
    plugins: { [plugin]: { ...cri, containerd: { runtimes } } },
  }));

/** How an operator's editor may have left the file. */
const finish = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => text.trimEnd(),
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => `${text}\n# the end`,
);

const DEFAULTS = '[plugins.x.containerd.runtimes.runc]\n  a = "b"\n';

describe("the block in containerd's file", () => {
  let script: Script;
  beforeAll(() => {
    script = new Script();
  });
  afterAll(() => script.close());

  it("adds one runtime to what an operator has, and changes nothing else", async () => {
    const one = async (original: string, schema: Schema, systemd: boolean): Promise<void> => {
      const after = parse(await script.added(original, schema, systemd)) as Tables;
      const plugin = schema === 2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime";
      const runtimes = after.plugins?.[plugin]?.containerd?.runtimes ?? {};
      expect(runtimes.crun).toMatchObject({
        runtime_type: "io.containerd.runc.v2",
        privileged_without_host_devices: false,
        options: { BinaryName: BINARY, SystemdCgroup: systemd },
      });
      expect((runtimes.crun as { pod_annotations: string[] }).pod_annotations).toContain("module.wasm.image/variant.*");
      delete runtimes.crun;
      const before = parse(original) as Tables;
      // The way to our table may be new; without the table it is empty.
      const plugins = before.plugins!;
      const cri = plugins[plugin] ?? {};
      plugins[plugin] = { ...cri, containerd: { ...cri.containerd, runtimes: cri.containerd?.runtimes ?? {} } };
      expect(after).toEqual(before);
    };
    await fc.assert(
      fc.asyncProperty(operatorConfig, schema, fc.boolean(), finish, (config, schema, systemd, finish) =>
        one(finish(stringify(config)), schema, systemd),
      ),
      { numRuns: 100 },
    );
  });

  it("is taken out byte for byte, whatever the file was", async () => {
    const original = fc.option(content, { nil: undefined });
    const defaults = fc.constantFrom("", DEFAULTS);
    await fc.assert(
      fc.asyncProperty(original, schema, fc.boolean(), defaults, async (original, schema, systemd, defaults) => {
        const file = await script.added(original, schema, systemd, defaults);
        expect(await script.removed(file)).toBe(original ?? "");
        expect(await script.ownsFile(file)).toBe(original === undefined);
      }),
      { numRuns: 150 },
    );
  });

  it("leaves what was written after it", async () => {
    await fc.assert(
      fc.asyncProperty(content, content, schema, async (before, after, schema) => {
        const file = `${await script.added(before, schema, true)}${after}`;
        expect(await script.removed(file)).toBe(`${before}${after}`);
      }),
      { numRuns: 80 },
    );
  });

  it("is not guessed when a mark is missing", async () => {
    const file = await script.added('root = "/x"\n', 2, true);
    const begin = file.indexOf("# >>>");
    await expect(script.removed(file.slice(0, -10))).rejects.toThrow("exit code 1");
    await expect(script.removed(file.slice(0, begin) + file.slice(begin + 10))).rejects.toThrow("exit code 1");
  });

  it("says the schema where nobody else does", async () => {
    expect(parse(await script.added(undefined, 3, true))).toMatchObject({ version: 3 });
    expect(parse(await script.added("# only words", 2, true))).toMatchObject({ version: 2 });
    expect(await script.added('root = "/x"\n', 2, true)).not.toContain("version");
  });

  it("brings the defaults along that it would replace otherwise", async () => {
    const file = parse(await script.added(undefined, 2, false, DEFAULTS)) as Tables;
    expect(file.plugins?.x?.containerd?.runtimes).toEqual({ runc: { a: "b" } });
  });

  it("keeps a file that became the operator's", async () => {
    expect(await script.removed(`${await script.added(undefined, 2, false)}root = "/x"\n`)).toBe('root = "/x"\n');
  });
});
