import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../process";
import { writeStoredImage } from "../oci";
import { buildEnv } from "./cargo";
import { moduleImage, readSampleImage } from "./image";
import { sampleModule } from "./module";
import { moduleFile, SAMPLE_NAMES, type SampleName, sampleCommand, sampleSources } from "./samples";

const text = (name: SampleName, file: string): string => readFileSync(join(sampleSources(name), file), "utf8");

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sample-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe.each(SAMPLE_NAMES)("the image of %s", (name) => {
  const image = (content: string) => {
    const module = join(dir, "module.wasm");
    writeFileSync(module, content);
    return moduleImage(name, module);
  };
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the OCI specification
  const json = (blob: Uint8Array | undefined): any => JSON.parse(Buffer.from(blob!).toString());

  it("is an index of both architectures with one layer in common", async () => {
    const { manifest, blobs } = await image("\0asm");
    expect(manifest.mediaType).toBe("application/vnd.oci.image.index.v1+json");
    const { manifests } = json(blobs.get(manifest.digest));
    expect(manifests.map((one: { platform: object }) => one.platform)).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
    const layers = manifests.map((one: { digest: string }) => json(blobs.get(one.digest)).layers);
    expect(layers[0]).toHaveLength(1);
    expect(layers[0]).toEqual(layers[1]);
    const configs = manifests.map((one: { digest: string }) => json(blobs.get(one.digest)).config.digest);
    expect(configs.map((digest: string) => json(blobs.get(digest)).architecture)).toEqual(["amd64", "arm64"]);
  });

  it("is an archive in which the module lies once, beside two configs, two manifests and the index", async () => {
    const made = await image("\0asm");
    writeStoredImage(dir, made);
    const { archive, reference, digest } = readSampleImage(dir);
    const { stdout } = await run("tar", ["-tf", archive]);
    expect(stdout.match(/^blobs\/sha256\/[0-9a-f]{64}$/gm)).toHaveLength(6);
    const { stdout: index } = await run("tar", ["-xOf", archive, "index.json"]);
    expect(JSON.parse(index).manifests).toEqual([
      expect.objectContaining({
        digest,
        mediaType: "application/vnd.oci.image.index.v1+json",
        annotations: expect.objectContaining({ "io.containerd.image.name": reference }),
      }),
    ]);
  });

  it("starts the module without root, and is stopped by the only signal that works", async () => {
    const { manifest, blobs } = await image("\0asm");
    const [first] = json(blobs.get(manifest.digest)).manifests;
    const config = json(blobs.get(json(blobs.get(first.digest)).config.digest));
    expect(config.config).toMatchObject({
      Entrypoint: [`/${moduleFile(name)}`],
      StopSignal: "SIGKILL",
      User: "65532:65532",
    });
  });

  it("has a name that changes with its content, and only with it", async () => {
    const [one, again, other] = [await image("\0asm1"), await image("\0asm1"), await image("\0asm2")];
    expect(one.names[0]).toMatch(new RegExp(`^ofwasm\\.local/${name}:[0-9a-f]{12}$`));
    expect(one.manifest.digest).toContain(one.names[0]!.split(":")[1]);
    expect(again).toEqual(one);
    expect(other.names).not.toEqual(one.names);
  });
});

describe.each(SAMPLE_NAMES)("the module of %s", (name) => {
  const inputs = (sources?: string) => sampleModule(name, sources).inputs;

  it("is another artifact when a source changes, and the same one wherever the clone lies", () => {
    const copy = join(dir, "copy");
    cpSync(sampleSources(name), copy, { recursive: true, filter: (file) => !file.includes("/target") });
    expect(inputs(copy)).toEqual(inputs());
    writeFileSync(join(copy, "README.md"), "other words\n");
    expect(inputs(copy)).toEqual(inputs());
    writeFileSync(join(copy, "src/answer.rs"), "// other code\n");
    expect(inputs(copy)).not.toEqual(inputs());
  });

  it("says so when its sources are not there", () => {
    expect(() => sampleModule(name, join(dir, "nowhere"))).toThrow(/holds no Rust crate; restore/);
  });

  it("has the name that its crate and its Dockerfile give it", () => {
    const crate = moduleFile(name).replace(".wasm", "");
    expect(text(name, "Cargo.toml")).toContain(`name = "${crate}"`);
    const file = `/${crate}.wasm`;
    const dockerfile = text(name, "Dockerfile");
    expect(dockerfile).toContain(`COPY --from=buildserver /src/target/wasm32-wasip1/release${file} ${file}`);
    expect(dockerfile).toContain(`ENTRYPOINT [ "${sampleCommand(name)[0]}" ]`);
  });

  it("is compiled once for every platform, by the builder's own", () => {
    const stages = text(name, "Dockerfile").match(/^FROM .*$/gm) ?? [];
    expect(stages.slice(0, -1).every((stage) => stage.startsWith("FROM --platform=$BUILDPLATFORM "))).toBe(true);
    expect(stages.at(-1)).toMatch(/^FROM scratch /);
  });
});

describe("a build", () => {
  it("has no flags of the user's, and leaves none of this host's paths in the module", () => {
    const env = buildEnv("/clone/samples/http-server", "/home/me/.cargo", "/target");
    expect(env.CARGO_ENCODED_RUSTFLAGS?.split("\x1f")).toEqual([
      "--remap-path-prefix=/home/me/.cargo=/cargo",
      "--remap-path-prefix=/clone/samples/http-server=/src",
    ]);
    expect(env).toMatchObject({ CARGO_TARGET_DIR: "/target", RUSTFLAGS: undefined, RUSTC_WRAPPER: "" });
  });
});
