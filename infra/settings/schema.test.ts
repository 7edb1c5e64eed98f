import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loginMistakes } from "./sample";
import { parseSettings, SettingsError, settingKeys } from "./schema";

interface Declared {
  type: string;
  description: string;
  default: unknown;
}

const project = parse(readFileSync(join(__dirname, "../../Pulumi.yaml"), "utf8")) as {
  config: Record<string, Declared>;
};

/** The defaults of Pulumi.yaml as the engine hands them to the program. */
const defaults = Object.fromEntries(
  Object.entries(project.config).map(([key, { default: value }]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]),
);

function mistakes(change: Record<string, string>): { key: string; value: string; allowed: string }[] {
  try {
    parseSettings({ ...defaults, ...change });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return [...error.mistakes];
    throw error;
  }
}

const ON_KNATIVE = { sampleLane: "knative", platform: "serve", imagePrefix: "registry.example.org/team" };

test("Pulumi.yaml declares exactly the keys that are read, each with type, description and default", () => {
  expect(Object.keys(project.config)).toEqual(settingKeys);
  for (const declared of Object.values(project.config)) {
    expect(typeof declared.type).toBe("string");
    expect(declared.description.length).toBeGreaterThan(20);
    expect(declared.default).toBeDefined();
  }
});

test("how many machines change at once is a number or a share of them", () => {
  const parsed = (maxUnavailable: string): unknown => parseSettings({ ...defaults, maxUnavailable }).maxUnavailable;
  expect(["1", "3", "25%"].map(parsed)).toEqual([1, 3, "25%"]);
});

test("the defaults are valid", () => {
  expect(parseSettings(defaults)).toMatchObject({
    production: false,
    nodes: 1,
    podCidr: "10.244.0.0/16",
    hosts: [],
    sample: true,
    daprSample: false,
  });
});

test.each([
  [{ nodes: "0" }, "nodes"],
  [{ nodes: "two" }, "nodes"],
  [{ nodes: "10" }, "nodes"],
  [{ podCidr: "10.244.0.1/16" }, "podCidr"],
  [{ podCidr: "10.244.0.0/33" }, "podCidr"],
  [{ podCidr: "300.0.0.0/16" }, "podCidr"],
  [{ production: "yes" }, "production"],
  [{ sample: "yes" }, "sample"],
  [{ daprSample: "1" }, "daprSample"],
  [{ network: "l3" }, "network"],
  [{ kubernetesVersion: "latest" }, "kubernetesVersion"],
  [{ runtimeBuild: "here" }, "runtimeBuild"],
  [{ reconcile: "a\nb=c" }, "reconcile"],
  [{ functionPort: "80" }, "functionPort"],
  [{ hosts: '[{"address":"10.0.0.1"}]' }, "hosts"],
  [{ hosts: '[{"address":"a","hostKey":"ssh-ed25519 AAAA","colour":"red"}]' }, "hosts"],
  [{ hosts: '[{"address":"vm.example.com","hostKey":"ssh-ed25519 AAAA"}]' }, "hosts"],
  [{ hosts: "{" }, "hosts"],
  [{ hosts: '[{"address":"10.0.0.1","hostKey":"ssh-ed25519 AAAA","number":4096}]' }, "hosts"],
  [
    {
      hosts: JSON.stringify(
        ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, hostKey: "ssh-ed25519 A", number: 1 })),
      ),
    },
    "hosts",
  ],
  [{ hosts: '[{"address":"192.0.2.7","hostKey":"ssh-ed25519 AAAA","sudoPassword":"no name"}]' }, "hosts"],
  [{ bastion: '{"address":"192.0.2.7"}' }, "bastion"],
  [{ bastion: '{"address":"192.0.2.7","hostKey":"ssh-ed25519 AAAA","name":"b"}' }, "bastion"],
  [{ bastion: "[]" }, "bastion"],
  [{ cluster: "eks" }, "cluster"],
  [{ sshSecrets: '{"agent":"x"}' }, "sshSecrets"],
  [{ sshSecrets: '{"a":{"b":"x"}}' }, "sshSecrets"],
  [{ serviceCidr: "10.244.16.0/20" }, "serviceCidr"],
  [{ functionsOnControlPlane: "false" }, "functionsOnControlPlane"],
  [{ colour: "red" }, "colour"],
  [{ platform: "everything" }, "platform"],
  [{ platform: "constructor" }, "platform"],
  [{ platform: "none,build" }, "platform"],
  [{ platform: "shipwright" }, "platform"],
  [{ platform: "build", platformExisting: "tekton" }, "platformExisting"],
  [{ platformExisting: "full" }, "platformExisting"],
  [{ functionDomain: "functions" }, "functionDomain"],
  [{ functionDomain: "cluster.local" }, "functionDomain"],
  [{ functionDomain: "fn.cluster.local" }, "functionDomain"],
  [{ functionDomain: `${"a".repeat(64)}.org` }, "functionDomain"],
  [{ imageRegistry: "mirror/x" }, "imageRegistry"],
  [{ mirror: "bundle", payloadDigest: "sha256:abc" }, "payloadDigest"],
  [{ payloadDigest: "a".repeat(64) }, "payloadDigest"],
  [{ maxUnavailable: "0" }, "maxUnavailable"],
  [{ maxUnavailable: "101%" }, "maxUnavailable"],
  [{ canary: "dev 0" }, "canary"],
  [{ sampleBuild: "https://git.example.org/app" }, "sampleBuild"],
  [{ sample: "false", sampleBuild: "samples/http-server" }, "sampleBuild"],
  [{ imageRegistry: "https://registry.example.org" }, "imageRegistry"],
  [{ imagePrefix: "team/functions" }, "imagePrefix"],
  [{ registryUsername: "a:b" }, "registryUsername"],
  [{ sampleLane: "keda" }, "sampleLane"],
  [{ ...ON_KNATIVE, imagePrefix: "" }, "imagePrefix"],
  [{ ...ON_KNATIVE, platform: "none" }, "sampleLane"],
  [{ ...ON_KNATIVE, sampleLane: "openfunction" }, "sampleLane"],
  [{ ...ON_KNATIVE, sample: "false" }, "sampleLane"],
  [{ ...ON_KNATIVE, sampleReplicas: "2" }, "sampleReplicas"],
  [{ ...ON_KNATIVE, sampleBuild: "samples/http-server" }, "sampleBuild"],
  [{ ...ON_KNATIVE, sampleRepository: "https://git.example.org/fork#v1" }, "sampleRepository"],
  [
    {
      ...ON_KNATIVE,
      platform: "build,serve",
      sampleRepository: "https://git.example.org/fork#v1",
      privilegedBuilds: "true",
    },
    "privilegedBuilds",
  ],
  [{ sampleRepository: "https://git.example.org/fork#v1" }, "sampleRepository"],
  [{ sampleRepository: "https://git.example.org/fork" }, "sampleRepository"],
  [{ sampleRepository: "https://user:word@git.example.org/fork#v1" }, "sampleRepository"],
  [{ registriesSkippingTagResolving: "a b" }, "registriesSkippingTagResolving"],
])("%j is refused, naming the key, the value and what is allowed", (change, key) => {
  const [only, ...others] = mistakes(change as Record<string, string>);
  expect(others).toEqual([]);
  expect(only?.key).toBe(key);
  expect(only?.allowed).toBeTruthy();
});

test("layers come in their order, whatever names them", () => {
  const platform = (change: Record<string, string>) => parseSettings({ ...defaults, ...change }).platform;
  expect(platform({ platform: "dapr, build" })).toEqual(["tekton", "shipwright", "buildStrategy", "dapr"]);
  expect(platform({ platform: "full" })).toHaveLength(9);
  expect(platform({ platform: "none" })).toEqual([]);
  const counted = { platform: "openfunction", platformExisting: "shipwright,gatewayApi,contour,knative" };
  expect(platform(counted)).toEqual(["openfunction"]);
});

test("a layer without what it needs is told each of them", () => {
  expect(mistakes({ platform: "openfunction" }).map(({ allowed }) => /with (\w+), which/.exec(allowed)?.[1])).toEqual([
    "shipwright",
    "gatewayApi",
    "contour",
    "knative",
  ]);
});

test.each([
  "registry.example.org",
  "registry.example.org:5000/mirror",
  "localhost:5000",
  "registry:5000/a/b-c",
])("a registry may be %s", (imageRegistry) =>
  expect(parseSettings({ ...defaults, imageRegistry })).toMatchObject({ imageRegistry }));

test("every mistake is reported in one message", () => {
  expect(mistakes({ nodes: "0", podCidr: "x", colour: "red" }).map((one) => one.key)).toEqual([
    "colour",
    "nodes",
    "podCidr",
  ]);
});

test.each([
  ["sshPrivateKey", "hunter2"],
  ["registryPassword", "hunter2\n"],
])("a bad secret is not repeated in the message: %s", (key, secret) => {
  expect(JSON.stringify(mistakes({ [key]: secret }))).not.toContain("hunter2");
  expect(mistakes({ [key]: secret })).toHaveLength(1);
});

test("what a lane of the sample lacks is told at once", () => {
  const lacking = { sampleLane: "openfunction", sampleRepository: "https://git.example.org/fork#v1", sample: "false" };
  expect(mistakes(lacking).map(({ key }) => key)).toEqual([
    "sampleLane",
    "sampleLane",
    "imagePrefix",
    "sampleRepository",
  ]);
});

test("layers that the cluster has serve and build the sample too", () => {
  const elsewhere = {
    sampleLane: "openfunction",
    platformExisting: "openfunction,buildStrategy",
    imagePrefix: "registry.example.org:5000",
    sampleRepository: "https://git.example.org/fork.git#refs/tags/v1",
  };
  expect(parseSettings({ ...defaults, ...elsewhere })).toMatchObject({
    sampleLane: "openfunction",
    sampleRepository: { url: "https://git.example.org/fork.git", revision: "refs/tags/v1" },
  });
});

test("hosts get defaults", () => {
  const hostKey = "ssh-ed25519 AAAA";
  const hosts = [
    { address: "192.0.2.7", hostKey },
    { address: "vm.example.com", internalAddress: "10.0.0.2", hostKey: `${hostKey} root@vm` },
  ];
  expect(parseSettings({ ...defaults, hosts: JSON.stringify(hosts) }).hosts).toEqual([
    { name: "node-0", address: "192.0.2.7", internalAddress: "192.0.2.7", port: 22, user: "root", hostKey },
    { name: "node-1", address: "vm.example.com", internalAddress: "10.0.0.2", port: 22, user: "root", hostKey },
  ]);
});

test("a bastion gets defaults, secrets that are encrypted yet are none of a mistake", () => {
  const bastion = { address: "bastion.example.com", hostKey: "ssh-ed25519 AAAA root@bastion", privateKey: "agent" };
  const sshSecrets = '{"key":{"secure":"v1:abc"}}';
  expect(parseSettings({ ...defaults, bastion: JSON.stringify(bastion), sshSecrets })).toMatchObject({
    bastion: { ...bastion, port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" },
    sshSecrets: { key: "(encrypted)" },
  });
});

test("a login of the registry is whole or none, and its secret half is never repeated", () => {
  const keys = (registryUsername: string, registryPassword: string): string[] =>
    loginMistakes({ registryUsername, registryPassword }).map(({ key }) => key);
  expect([keys("", ""), keys("robot", "hunter2")]).toEqual([[], []]);
  expect([keys("robot", ""), keys("", "hunter2")]).toEqual([["registryPassword"], ["registryUsername"]]);
  const half = loginMistakes({ registryUsername: "", registryPassword: "hunter2" });
  expect(JSON.stringify(half)).not.toContain("hunter2");
});

test.each([
  "",
  "2026-01-02",
  "2026-01-02 00:00:00 +0000 UTC",
  "doctor-2026-01-02T03-04-05.678Z",
])("reconcile takes %j", (reconcile) => {
  expect(parseSettings({ ...defaults, reconcile })).toMatchObject({ reconcile });
});
