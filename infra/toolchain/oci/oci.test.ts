import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tar } from "../../../components/archive";
import { encodeImage, hostPlatform, type ImageSpec, ociArchive, writeOciArchive } from ".";
import { layerEntries } from "./layer";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "oci-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const sample = (): ImageSpec => ({
  names: ["registry.example/team/app:v1", "registry.example/team/app:stable"],
  layers: [
    [
      { path: "/usr/local/bin/app", data: "#!/bin/sh\n", mode: 0o755 },
      { path: "/bin", link: "usr/local/bin" },
      { path: "/tmp", directory: true, mode: 0o1777 },
    ],
    [{ path: "etc/app.conf", data: "a=1\n" }],
  ],
  entrypoint: ["/usr/local/bin/app"],
  stopSignal: "SIGKILL",
  annotations: { "module.wasm.image/variant": "compat-smart", a: "first" },
  configAnnotations: { about: "config" },
  platform: { os: "linux", architecture: "amd64" },
});

const unpack = (archive: Buffer, into: string): void => {
  execFileSync("mkdir", ["-p", into]);
  execFileSync("tar", ["-xpf", "-", "-C", into], { input: archive });
};
const parse = (file: string): Record<string, never> => JSON.parse(readFileSync(file, "utf8"));

describe("OCI archive", () => {
  test("every blob's name is its hash, and the chain index -> manifest -> config and layers holds", async () => {
    const archive = ociArchive([await encodeImage(sample())]);
    const root = join(dir, "layout");
    unpack(archive, root);
    const blob = (digest: string): string => join(root, "blobs", digest.replace(":", "/"));
    const check = (descriptor: { digest: string; size: number }): string => {
      const data = readFileSync(blob(descriptor.digest));
      expect(`sha256:${createHash("sha256").update(data).digest("hex")}`).toBe(descriptor.digest);
      expect(data.length).toBe(descriptor.size);
      return blob(descriptor.digest);
    };
    expect(parse(join(root, "oci-layout"))).toEqual({ imageLayoutVersion: "1.0.0" });
    const index = parse(join(root, "index.json")) as unknown as {
      manifests: { digest: string; size: number; annotations: Record<string, string>; platform: object }[];
    };
    expect(index.manifests.map((m) => m.annotations["io.containerd.image.name"])).toEqual(sample().names);
    expect(index.manifests.map((m) => m.annotations["org.opencontainers.image.ref.name"])).toEqual(["v1", "stable"]);
    expect(index.manifests[0]!.digest).toBe(index.manifests[1]!.digest);
    const manifest = parse(check(index.manifests[0]!)) as unknown as {
      config: { digest: string; size: number; annotations: object };
      layers: { digest: string; size: number }[];
      annotations: object;
    };
    expect(manifest.annotations).toEqual({ a: "first", "module.wasm.image/variant": "compat-smart" });
    expect(manifest.config.annotations).toEqual({ about: "config" });
    const config = parse(check(manifest.config)) as unknown as {
      architecture: string;
      config: { StopSignal: string; Entrypoint: string[] };
      rootfs: { diff_ids: string[] };
    };
    expect(config.architecture).toBe("amd64");
    expect(config.config).toMatchObject({ StopSignal: "SIGKILL", Entrypoint: ["/usr/local/bin/app"] });
    expect(manifest.layers).toHaveLength(2);
    manifest.layers.forEach((layer, at) => {
      const plain = execFileSync("gzip", ["-dc", check(layer)], { maxBuffer: 1e8 });
      expect(`sha256:${createHash("sha256").update(plain).digest("hex")}`).toBe(config.rootfs.diff_ids[at]);
    });
  });

  test("a layer unpacks to what was asked for: modes, links, parents", async () => {
    unpack(tar(await layerEntries(sample().layers[0]!)), join(dir, "root"));
    const at = (path: string): string => join(dir, "root", path);
    expect(statSync(at("usr/local/bin/app")).mode & 0o7777).toBe(0o755);
    expect(statSync(at("usr/local")).mode & 0o7777).toBe(0o755);
    expect(statSync(at("tmp")).mode & 0o7777).toBe(0o1777);
    expect(lstatSync(at("bin")).isSymbolicLink()).toBe(true);
    expect(readlinkSync(at("bin"))).toBe("usr/local/bin");
    expect(readFileSync(at("bin/app"), "utf8")).toBe("#!/bin/sh\n");
  });

  test("equal content gives equal bytes, whatever the order, the files' times and the day", async () => {
    const file = join(dir, "app");
    writeFileSync(file, "binary");
    const entries = [
      { path: "/b", file, mode: 0o755 },
      { path: "/a/c", data: "x" },
    ];
    const spec = { names: ["r.example/a:1"], platform: hostPlatform("x64") };
    await writeOciArchive([{ ...spec, layers: [entries] }], join(dir, "one.tar"));
    utimesSync(file, 1, 1);
    await writeOciArchive([{ ...spec, layers: [[...entries].reverse()] }], join(dir, "two.tar"));
    expect(readFileSync(join(dir, "one.tar")).equals(readFileSync(join(dir, "two.tar")))).toBe(true);
    writeFileSync(file, "other");
    await writeOciArchive([{ ...spec, layers: [entries] }], join(dir, "three.tar"));
    expect(readFileSync(join(dir, "one.tar")).equals(readFileSync(join(dir, "three.tar")))).toBe(false);
  });

  test("volumes are in the config, and only where there are some", async () => {
    const config = async (change: Partial<ImageSpec>): Promise<{ Volumes?: object }> => {
      const image = await encodeImage({ ...sample(), ...change });
      return JSON.parse(Buffer.from(image.blobs.get(image.config.digest)!).toString()).config;
    };
    expect((await config({ volumes: ["/b", "/a"] })).Volumes).toEqual({ "/a": {}, "/b": {} });
    expect(Object.keys(await config({}))).not.toContain("Volumes");
  });

  test("uncompressed layers carry their own diff id", async () => {
    const image = await encodeImage({ ...sample(), compression: "none" });
    const config = JSON.parse(Buffer.from(image.blobs.get(image.config.digest)!).toString());
    expect(image.layers.map((layer) => layer.digest)).toEqual(config.rootfs.diff_ids);
  });

  test.each([
    ["no tag", { names: ["registry.example/app"] }, /registry\/repository:tag/],
    ["no registry", { names: ["app:v1"] }, /registry\/repository:tag/],
    ["port but no tag", { names: ["registry.example:5000/app"] }, /registry\/repository:tag/],
    ["no name", { names: [] }, /at least one name/],
    ["path outside", { layers: [[{ path: "../x", data: "" }]] }, /not below the image's root/],
    [
      "twice",
      {
        layers: [
          [
            { path: "/x", data: "" },
            { path: "x", data: "" },
          ],
        ],
      },
      /appears twice/,
    ],
    [
      "below a file",
      {
        layers: [
          [
            { path: "/x", data: "" },
            { path: "/x/y", data: "" },
          ],
        ],
      },
      /which is a file/,
    ],
  ] satisfies [string, Partial<ImageSpec>, RegExp][])("refuses: %s", async (_, change, message) => {
    await expect(encodeImage({ ...sample(), ...change })).rejects.toThrow(message);
  });

  test("long paths are split at a slash or refused", () => {
    const long = `${"d".repeat(90)}/${"f".repeat(90)}`;
    const listed = execFileSync("tar", ["-tf", "-"], {
      input: tar([{ kind: "file", path: long, mode: 0o644, data: Buffer.from("x") }]),
      encoding: "utf8",
    });
    expect(listed.trim()).toBe(long);
    expect(() => tar([{ kind: "file", path: "f".repeat(101), mode: 0o644, data: Buffer.alloc(0) }])).toThrow(/not fit/);
  });
});
