import { join } from "node:path";
import { admitVersions } from "./admission";
import { rawSettings } from "./engine/stack-files";
import { nodeBinaries } from "./node-binaries";
import { parseSettings, SettingsError } from "./settings";
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
