import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { appendBlock, type CgroupDriver, type ConfigSchema, removeBlock, renderBlock } from "./containerd-block";

const schema = fc.constantFrom<ConfigSchema>(2, 3, 4);
const driver = fc.constantFrom<CgroupDriver>("systemd", "cgroupfs");

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

type Tables = Record<string, Record<string, Record<string, Record<string, Record<string, unknown>>>>>;

describe("the block in containerd's file", () => {
  it("adds one runtime to what an operator has, and changes nothing else", () => {
    fc.assert(
      fc.property(operatorConfig, schema, driver, finish, (config, schema, driver, finish) => {
        const original = finish(stringify(config));
        const after = parse(appendBlock(original, schema, driver)) as Tables;
        const plugin = schema === 2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime";
        const runtimes = after.plugins?.[plugin]?.containerd?.runtimes ?? {};
        expect(runtimes.crun).toMatchObject({
          runtime_type: "io.containerd.runc.v2",
          options: { BinaryName: "/usr/local/bin/crun", SystemdCgroup: driver === "systemd" },
        });
        delete runtimes.crun;
        const before = parse(original) as Tables;
        // The way to our table may be new; without the table it is empty.
        const plugins = before.plugins!;
        const cri = plugins[plugin] ?? {};
        plugins[plugin] = { ...cri, containerd: { ...cri.containerd, runtimes: cri.containerd?.runtimes ?? {} } };
        expect(after).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  it("is taken out byte for byte, whatever the file was", () => {
    fc.assert(
      fc.property(fc.option(content, { nil: undefined }), schema, driver, (original, schema, driver) => {
        expect(removeBlock(appendBlock(original, schema, driver))).toBe(original);
      }),
      { numRuns: 5000 },
    );
  });

  it("leaves what was written after it", () => {
    fc.assert(
      fc.property(content, content, schema, driver, (before, after, schema, driver) => {
        const file = `${appendBlock(before, schema, driver)}${after}`;
        expect(removeBlock(file)).toBe(`${before}${after}`);
      }),
    );
  });

  it("is not guessed when a mark is missing", () => {
    const block = renderBlock(2, "systemd");
    expect(() => removeBlock(block.slice(0, -10))).toThrow("missing");
    expect(() => removeBlock(block.slice(10))).toThrow("missing");
  });

  it("says the schema where nobody else does", () => {
    expect(parse(appendBlock(undefined, 3, "systemd"))).toMatchObject({ version: 3 });
    expect(parse(appendBlock("# only words", 2, "systemd"))).toMatchObject({ version: 2 });
  });

  it("keeps a file that became the operator's", () => {
    expect(removeBlock(`${appendBlock(undefined, 2, "cgroupfs")}root = "/x"\n`)).toBe('root = "/x"\n');
  });
});

describe("the script's half", () => {
  const folder = mkdtempSync(join(tmpdir(), "block-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const shell = (script: string): void => {
    const program = `source common.sh; source config.sh; cd '${folder}'; ${script}`;
    execFileSync("bash", ["-c", program], { cwd: join(__dirname, "scripts") });
  };

  const defaultsOf = (index: number): string => (index % 2 ? '[x.runtimes.runc]\n  a = "b"\n' : "");

  it("writes and removes the same bytes", () => {
    const cases = fc.sample(fc.tuple(fc.option(content, { nil: undefined }), schema, driver), {
      numRuns: 80,
      seed: 7,
    });
    const steps = cases.map(([original, schema, driver], index) => {
      if (original !== undefined) writeFileSync(join(folder, `${index}.in`), original);
      const systemd = driver === "systemd";
      writeFileSync(join(folder, `${index}.defaults`), defaultsOf(index));
      return [
        `touch ${index}.text; cat ${index}.in >${index}.text 2>/dev/null || :`,
        `candidate_config ${index}.text ${schema} ${systemd} ${original === undefined} ${index}.defaults >${index}.out`,
        `without_block ${index}.out >${index}.back`,
      ].join("\n");
    });
    shell(steps.join("\n"));
    cases.forEach(([original, schema, driver], index) => {
      const read = (suffix: string): string => readFileSync(join(folder, `${index}.${suffix}`), "utf8");
      expect(read("out")).toBe(appendBlock(original, schema, driver, defaultsOf(index)));
      expect(read("back")).toBe(original ?? "");
    });
  });
});
