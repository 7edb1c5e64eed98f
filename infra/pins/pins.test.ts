import { readFileSync } from "node:fs";
import { join } from "node:path";
import { versions } from "../versions";
import { findPin, pin, pins } from ".";

const goMod = (module: string): string =>
  readFileSync(join(__dirname, "../toolchain/modules", module, "go.mod"), "utf8");
const packageJson = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};

test("a pin is a version, an https address that carries it, and a sum that somebody states", () => {
  for (const one of pins) {
    expect(one.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(one.url).toMatch(/^https:\/\//);
    expect(one.url).toContain(one.version);
    expect(one.statedBy.length).toBeGreaterThan(0);
    expect(one.confidence).not.toBe("low");
  }
});

test("a file is pinned once, and no two files have the same sum", () => {
  const keys = pins.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(pins.map(({ sha256 }) => sha256)).size).toBe(pins.length);
});

test.each([
  ["go", versions.go.fallback],
  ["pulumi-cli", versions.pulumi.engine],
  ["pulumi-resource-kubernetes", versions.pulumi.kubernetes],
  ["kubelet", versions.kubernetes.download],
  ["kubeadm", versions.kubernetes.download],
  ["kubectl", versions.kubernetes.download],
  ["containerd", versions.containerd],
  ["runc", versions.runc],
  ["cni-plugins", versions.cniPlugins],
  ["etcd", versions.etcd],
  ["crictl", versions.crictl],
  ["crun-source", versions.crun],
  ["wasmedge-manylinux2014", versions.wasmedge],
  ["helm", versions.helm],
  ["chart-openfunction", versions.charts.openfunction],
  ["chart-tekton-pipelines", versions.charts.tektonPipelines],
  ["chart-shipwright-build", versions.charts.shipwrightBuild],
  ["chart-knative-serving", versions.charts.knativeServing],
])("%s %s is pinned for both architectures", (name, version) => {
  expect(pin(name, version, "amd64").url).toContain(version);
  expect(pin(name, version, "arm64").url).toContain(version);
});

test("a version without a checksum is refused, with those that have one", () => {
  expect(findPin("crun-source", "9.9", "any")).toBeUndefined();
  expect(() => pin("crun-source", "9.9", "any")).toThrow(
    /crun-source 9\.9 for any has no published checksum.*1\.21 any/,
  );
});

test.each([
  ["engine", "github.com/pulumi/pulumi/pkg/v3", versions.pulumi.engine],
  ["language-host", "github.com/pulumi/pulumi/sdk/v3", versions.pulumi.languageHost],
  ["yaml-language-host", "github.com/pulumi/pulumi-yaml", versions.yamlLanguageHost],
  ["kubernetes", "k8s.io/kubernetes", versions.kubernetes.module],
  ["etcd", "go.etcd.io/etcd/server/v3", versions.etcd],
  ["etcdutl", "go.etcd.io/etcd/etcdutl/v3", versions.etcdutl],
  ["etcdutl", "go.etcd.io/etcd/server/v3", versions.etcd],
  ["flannel", "github.com/flannel-io/flannel", versions.flannel.version],
  ["coredns", "github.com/coredns/coredns", versions.coredns],
  ["crictl", "sigs.k8s.io/cri-tools", versions.crictl],
  ["daprd", "github.com/dapr/dapr", versions.dapr],
  ["helm", "helm.sh/helm/v3", versions.helm],
])("the locked module %s is at the version said here", (folder, module, version) => {
  expect(goMod(folder)).toContain(`${module} v${version}`);
  const sums = readFileSync(join(__dirname, "../toolchain/modules", folder, "go.sum"), "utf8");
  expect(sums).toContain(`${module} v${version} h1:`);
});

test("no locked module asks for a newer Go than is fetched when none is installed", () => {
  const number = (text: string): number =>
    text.split(".").reduce((sum, part, index) => sum + Number(part) / 1000 ** index, 0);
  for (const folder of [
    "engine",
    "language-host",
    "kubernetes",
    "etcd",
    "etcdutl",
    "flannel",
    "coredns",
    "crictl",
    "helm",
    "yaml-language-host",
  ]) {
    const wanted = /^go (\S+)$/m.exec(goMod(folder))![1]!;
    expect(number(wanted)).toBeLessThanOrEqual(number(versions.go.minimum));
    expect(number(wanted)).toBeLessThanOrEqual(number(versions.go.fallback));
  }
});

test("Kubernetes' own modules are all of its version", () => {
  const staging = [...goMod("kubernetes").matchAll(/^\s*(?:replace )?k8s\.io\/\S+ => k8s\.io\/\S+ (\S+)$/gm)];
  expect(staging.length).toBeGreaterThan(20);
  expect(new Set(staging.map(([, version]) => version))).toEqual(
    new Set([versions.kubernetes.module.replace(/^1\./, "v0.")]),
  );
});

test("the plugins are those that the npm packages ask for", () => {
  expect(packageJson.dependencies["@pulumi/kubernetes"]).toBe(versions.pulumi.kubernetes);
  expect(packageJson.dependencies["@pulumi/command"]).toBe(versions.pulumi.command);
});
