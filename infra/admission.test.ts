import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { admitSettings, admitVersions } from "./admission";
import { rawSettings } from "./engine/stack-files";
import { nodeBinaries } from "./node-binaries";
import { type Mistake, parseSettings, SettingsError } from "./settings";
import { versions } from "./versions";

const defaults = rawSettings(join(__dirname, ".."));
const admit = (change: Record<string, string>, local = true): string[] =>
  admitVersions(parseSettings({ ...defaults, ...change }), local);

test("the defaults are admitted, and what speaks against them is said", () => {
  expect(admit({}).join("\n")).toMatch(/^crun 1\.21: /m);
});

test("an overlay of machines that pull flannel's image is warned of it", () => {
  const warned = (change: Record<string, string>, local: boolean) => /^flannel /m.test(admit(change, local).join("\n"));
  expect(warned({ network: "overlay" }, false)).toBe(true);
  expect(warned({ network: "overlay" }, true)).toBe(false);
  expect(warned({}, false)).toBe(false);
});

test.each([
  [{ kubernetesVersion: "1.35.0" }, "kubernetesVersion", false],
  [{ crunVersion: "1.8.5" }, "crunVersion", true],
  [{ crunVersion: "1.20" }, "crunVersion", true],
  [{ wasmedgeVersion: "0.14.0" }, "wasmedgeVersion", true],
  [{ kubernetesVersion: versions.kubernetes.download }, "kubernetesVersion", true],
])("%j is refused by the name of its setting", (change, key, local) => {
  expect(() => admit(change as Record<string, string>, local)).toThrow(SettingsError);
  expect(() => admit(change as Record<string, string>, local)).toThrow(`${key} = `);
});

test("machines that download get every binary with its checksum, or none", () => {
  const found = nodeBinaries(versions.kubernetes.download, "amd64");
  expect(found.map(({ name }) => name)).toEqual(["kubelet", "kubeadm", "cni-plugins"]);
  for (const { sha256 } of found) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(nodeBinaries("1.34.999", "amd64")).toEqual([]);
});

describe("the folder that is built in the cluster", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ofwasm-admission-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const hosts = { key: "hosts", value: "[]", allowed: "one" };

  function mistakes(change: Record<string, string>, problems: Mistake[] = []): readonly Mistake[] {
    try {
      admitSettings(
        { needs: ["localMachines", "sample"], problems: () => problems },
        parseSettings({ ...defaults, ...change }),
        "dev",
      );
      return [];
    } catch (error) {
      if (error instanceof SettingsError) return error.mistakes;
      throw error;
    }
  }

  it("may be the sample's own, or a copy of it anywhere", () => {
    cpSync(join(__dirname, "../samples/http-server"), folder, {
      recursive: true,
      filter: (file) => !/target$/.test(file),
    });
    for (const sampleBuild of ["samples/http-server", folder]) expect(mistakes({ sampleBuild })).toEqual([]);
  });

  it("is told with every other mistake when it is not there", () => {
    const wrong = { sampleBuild: "nowhere", crunVersion: "1.20" };
    const told = mistakes(wrong, [hosts]);
    expect(told.map(({ key }) => key)).toEqual(["hosts", "sampleBuild", "crunVersion"]);
    expect(told[1]?.allowed).toMatch(/^a folder with a copy of samples\/http-server; \/.*\/nowhere is not there$/);
  });

  it.each(["Dockerfile", "Cargo.toml", "Cargo.lock"])("is told what it lacks: %s", (absent) => {
    for (const file of ["Dockerfile", "Cargo.toml", "Cargo.lock"])
      if (file !== absent) writeFileSync(join(folder, file), "");
    const [told, ...others] = mistakes({ sampleBuild: folder });
    expect([told?.key, others]).toEqual(["sampleBuild", []]);
    expect(told?.allowed).toMatch(new RegExp(`; ${join(folder, absent)} is not there$`));
  });

  it("is refused for a crate that the build could not have", () => {
    const crate = '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "git+https://git.example.org/a#0a1b"\n';
    for (const [file, text] of Object.entries({ Dockerfile: "", "Cargo.toml": "", "Cargo.lock": crate }))
      writeFileSync(join(folder, file), text);
    expect(mistakes({ sampleBuild: folder })[0]?.allowed).toContain(
      "; a 1.0.0 from git+https://git.example.org/a#0a1b: only",
    );
  });
});
