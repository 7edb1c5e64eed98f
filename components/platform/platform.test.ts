import * as pulumi from "@pulumi/pulumi";
import { recordGraph, settled } from "../../tests/support/graph";
import type { KubernetesObject } from "../manifests";
import { type Layer, layers, Platform, type PlatformArgs, unmetNeeds } from ".";
import { knativeObjects } from "./knative";

const object = (kind: string, name: string, rest: object = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...rest,
});

const hook = (name: string, failurePolicy?: string): KubernetesObject =>
  object("ValidatingWebhookConfiguration", name, { webhooks: [{ failurePolicy, clientConfig: {} }] });

const config = (name: string): KubernetesObject => object("ConfigMap", name, { data: {} });
const marker = (layer: string): KubernetesObject => config(`of-${layer}`);

const OBJECTS: PlatformArgs["objects"] = {
  tekton: [marker("tekton"), hook("closed", "Fail"), hook("by-default"), hook("open", "Ignore")],
  shipwright: [marker("shipwright")],
  gatewayApi: [marker("gatewayApi")],
  contour: [marker("contour"), object("Service", "contour-envoy", { spec: { type: "LoadBalancer", ports: [] } })],
  knative: [
    ...["config-features", "config-domain", "config-network", "config-deployment"].map(config),
    object("PodDisruptionBudget", "webhook-pdb", { spec: { minAvailable: "80%", selector: {} } }),
  ],
  dapr: [
    ...["dapr-sidecar-injector-cert", "dapr-webhook-cert", "dapr-webhook-ca", "dapr-trust-bundle"].map((name) =>
      object("Secret", name),
    ),
    object("MutatingWebhookConfiguration", "dapr-sidecar-injector", { webhooks: [{ clientConfig: {}, rules: [] }] }),
    object("Deployment", "dapr-operator", { spec: { template: { spec: {} } } }),
    object("CustomResourceDefinition", "subscriptions.dapr.io", {
      spec: {
        group: "g",
        names: { kind: "K", plural: "ks" },
        versions: [
          { name: "v2", storage: false },
          { name: "v1", storage: true, served: true },
        ],
        conversion: { webhook: { clientConfig: { service: {} } } },
      },
    }),
    object("K", "mine", { apiVersion: "g/v2" }),
  ],
  keda: [marker("keda"), object("APIService", "external", { spec: { service: { name: "metrics" } } })],
  openfunction: [hook("functions", "Fail")],
};

const SERVING = { domain: "fn.example.org", registriesSkippingTagResolving: ["registry.local:5000"] };

/** Certificates of every name that is asked for, each another by what makes it. */
const stdoutOf = ({ type, name }: { type: string; name: string }): Record<string, unknown> =>
  type === "command:local:Command"
    ? {
        stdout: JSON.stringify({
          authority: `AUTHORITY of ${name}`,
          certificates: Object.fromEntries(
            ["contourcert", "envoycert", "injector", "webhook", "issuer"].map((part) => [
              part,
              { certificate: `CERTIFICATE ${part} of ${name}`, privateKey: `KEY ${part} of ${name}` },
            ]),
          ),
        }),
      }
    : {};

async function declared(args: Partial<PlatformArgs> = {}) {
  const graph = recordGraph(stdoutOf);
  const platform = new Platform("p", { layers, objects: OBJECTS, serving: SERVING, ...args });
  await settled(platform.ready.map(({ urn }) => urn));
  await pulumi.runtime.disconnect();
  return { graph, platform, inputs: (name: string) => open(graph.get(name)?.inputs) as Record<string, unknown> };
}

/** Inputs with what the SDK wraps secrets in taken off. */
function open(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET in value) return open((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, open(inner)]));
}

/** By which the SDK marks wrapped values. */
const SECRET = "4dabf18193072939515e22adb298388d";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("the platform", () => {
  it("declares each layer after those that it needs", async () => {
    const { graph, platform } = await declared();
    expect(platform.withheld).toEqual([]);
    const waitsFor = (name: string): string[] => graph.get(name)?.dependsOn ?? [];
    expect(waitsFor("p-shipwright:shipwright-build")).toContain("p-tekton:of-tekton");
    expect(waitsFor("p-buildStrategy:wasmedge")).toContain("p-shipwright:of-shipwright");
    expect(waitsFor("p-contour-objects:projectcontour")).toContain("p-gatewayApi:of-gatewayApi");
    expect(waitsFor("p-knative:knative-serving")).toContain("p-contour-objects:of-contour");
    for (const one of ["p-shipwright:of-shipwright", "p-knative:config-domain", "p-keda:of-keda"])
      expect(waitsFor("p-openfunction-objects:openfunction")).toContain(one);
  });

  it("leaves out and names what would refuse everything when nothing is waited for", async () => {
    const { graph, platform } = await declared({ await: "none" });
    expect(platform.withheld).toEqual([
      "ValidatingWebhookConfiguration/closed",
      "ValidatingWebhookConfiguration/by-default",
      "MutatingWebhookConfiguration/dapr-sidecar-injector",
      "APIService/external",
      "ValidatingWebhookConfiguration/functions",
    ]);
    expect([...graph.keys()].filter((name) => /closed|by-default|open$|external|functions/.test(name))).toEqual([
      "p-tekton:open",
    ]);
  });

  it("gives webhooks and proxies certificates of their own, and no key in the open", async () => {
    const { inputs, graph } = await declared();
    const made = (by: string, part: string) => ({
      "tls.crt": base64(`CERTIFICATE ${part} of p-${by}-made`),
      "tls.key": base64(`KEY ${part} of p-${by}-made`),
    });
    const authority = (by: string): string => base64(`AUTHORITY of p-${by}-made`);
    for (const [secret, by, part] of [
      ["contour-objects:projectcontour/contourcert", "contour-certificates", "contourcert"],
      ["contour-objects:projectcontour/envoycert", "contour-certificates", "envoycert"],
      ["openfunction-objects:openfunction/webhook-server-cert", "openfunction-certificates", "webhook"],
    ] as const) {
      const data = { ...made(by, part), "ca.crt": authority(by) };
      expect(inputs(`p-${secret}`)).toMatchObject({ type: "kubernetes.io/tls", data });
    }
    expect(inputs("p-openfunction-objects:functions")).toMatchObject({
      webhooks: [{ clientConfig: { caBundle: authority("openfunction-certificates") } }],
    });
    const dapr = (name: string) => inputs(`p-dapr-objects:${name}`).data;
    expect(dapr("dapr-sidecar-injector-cert")).toEqual(made("dapr-injector", "injector"));
    expect(dapr("dapr-webhook-cert")).toEqual(made("dapr-webhook", "webhook"));
    expect(dapr("dapr-webhook-ca")).toEqual({ caBundle: authority("dapr-webhook") });
    expect(dapr("dapr-trust-bundle")).toEqual({
      "ca.crt": authority("dapr-trust"),
      "issuer.crt": base64("CERTIFICATE issuer of p-dapr-trust-made"),
      "issuer.key": base64("KEY issuer of p-dapr-trust-made"),
    });
    expect(inputs("p-dapr-objects:dapr-sidecar-injector")).toMatchObject({
      webhooks: [{ clientConfig: { caBundle: authority("dapr-injector") } }],
    });
    expect(inputs("p-dapr-objects:subscriptions.dapr.io")).toMatchObject({
      spec: {
        conversion: {
          webhook: { clientConfig: { service: { namespace: "dapr-system" }, caBundle: authority("dapr-webhook") } },
        },
      },
    });
    const request = (name: string) => JSON.parse(inputs(`p-${name}-made`).stdin as string).certificates;
    expect(request("contour-certificates").contourcert).toMatchObject({ use: "server" });
    expect(request("contour-certificates").contourcert.dnsNames).toContain("contour");
    expect(request("contour-certificates").envoycert).toMatchObject({ use: "client" });
    expect(request("openfunction-certificates").webhook.dnsNames).toContain(
      "openfunction-webhook-service.openfunction.svc",
    );
    expect(request("dapr-injector").injector.dnsNames).toContain("dapr-sidecar-injector.dapr-system.svc");
    expect(request("dapr-trust").issuer).toEqual({
      commonName: "cluster.local",
      dnsNames: ["cluster.local"],
      use: "authority",
    });
    const others = [...graph.values()].filter(({ type }) => !type.endsWith(":Secret"));
    const inTheOpen = JSON.stringify(others.filter(({ type }) => type !== "command:local:Command"));
    for (const part of ["contourcert", "webhook", "issuer"])
      expect(inTheOpen).not.toContain(base64(`KEY ${part}`).slice(0, 12));
    expect(graph.get("p-openfunction-objects:openfunction/webhook-server-cert")?.inputs.data).toHaveProperty(SECRET);
  });

  it("Dapr's pods start anew with other certificates, which they only read when they start", async () => {
    const { inputs } = await declared();
    const { template } = inputs("p-dapr-objects:dapr-operator").spec as { template: { metadata: unknown } };
    expect(template.metadata).toEqual({
      annotations: { "ofwasm.dev/certificates": expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
  });

  it("leaves what Knative's webhooks judge to Knative", () => {
    const judged = { rules: [{}], namespaceSelector: {}, clientConfig: {}, name: "w" };
    const webhook = object("MutatingWebhookConfiguration", "webhook", { webhooks: [judged] });
    const edited = knativeObjects([...(OBJECTS.knative ?? []), webhook], SERVING);
    expect(edited.at(-1)?.webhooks).toEqual([{ clientConfig: {}, name: "w" }]);
  });

  it("tells Knative and OpenFunction the domain, the features and the registries", async () => {
    const { inputs } = await declared();
    const data = (name: string) => inputs(`p-knative:${name}`)?.data;
    expect(data("config-features")).toEqual({
      "kubernetes.podspec-fieldref": "enabled",
      "kubernetes.podspec-runtimeclassname": "enabled",
    });
    expect(data("config-domain")).toEqual({ "fn.example.org": "" });
    expect(data("config-deployment")).toEqual({
      "registries-skipping-tag-resolving": "kind.local,ko.local,dev.local,registry.local:5000",
    });
    expect(inputs("p-knative:webhook-pdb")?.spec).toEqual({ maxUnavailable: 1, selector: {} });
    expect(inputs("p-openfunction-objects:openfunction/openfunction")).toMatchObject({
      spec: { domain: "fn.example.org", gatewayRef: { name: "contour", namespace: "projectcontour" } },
    });
  });

  it("opens the way to Envoy as it is told", async () => {
    const service = async (args: Partial<PlatformArgs>) =>
      ((await declared(args)).inputs("p-contour-objects:contour-envoy").spec as { type: string }).type;
    expect(await service({})).toBe("LoadBalancer");
    expect(await service({ envoyService: "NodePort" })).toBe("NodePort");
  });

  it.each([
    [false, "baseline"],
    [true, "privileged"],
  ])("the namespace of builds admits what the step needs and no more (privileged: %s)", async (privileged, level) => {
    const { inputs } = await declared({ strategy: { privileged } });
    expect(inputs("p-buildStrategy:builds").metadata).toEqual({
      name: "builds",
      labels: { "pod-security.kubernetes.io/enforce": level },
    });
  });

  it.each<[Layer[], Layer[], string[]]>([
    [["openfunction"], [], ["shipwright", "gatewayApi", "contour", "knative"]],
    [["openfunction"], ["shipwright", "gatewayApi", "contour"], ["knative"]],
    [["shipwright"], [], ["tekton"]],
    [[...layers], [], []],
  ])("%j with %j there already still needs %j", (wanted, existing, missing) => {
    expect(unmetNeeds(wanted, existing).map(({ needs }) => needs)).toEqual(missing);
  });

  it("says everything that is missing or there twice at once", () => {
    const args: PlatformArgs = {
      layers: ["openfunction", "tekton"],
      existing: ["tekton"],
      objects: {},
      serving: SERVING,
    };
    expect(() => new Platform("p", args)).toThrow(pulumi.InputPropertiesError);
    try {
      new Platform("p", args);
    } catch (error) {
      const reasons = (error as pulumi.InputPropertiesError).errors?.map(({ reason }) => reason);
      expect(reasons).toEqual(
        expect.arrayContaining([
          "openfunction needs knative: add it to layers, or to existing where the cluster has it",
          "tekton is in layers too: it has one owner",
          "those of openfunction are missing",
        ]),
      );
    }
  });

  it("users' objects of a layer go before anything of it, with the cluster's credentials as a secret", async () => {
    const { graph, inputs } = await declared({ kubeconfig: "KUBECONFIG" });
    expect([...graph.keys()].filter((name) => name.endsWith("-custom-objects"))).toEqual([
      "p-dapr-objects-custom-objects",
    ]);
    const removal = graph.get("p-dapr-objects-custom-objects")!;
    const ofDapr = [...graph.values()].filter(
      ({ name, type }) => name.startsWith("p-dapr-objects:") && type.startsWith("kubernetes:"),
    );
    expect(ofDapr.length).toBeGreaterThan(5);
    expect(removal.dependsOn).toEqual(expect.arrayContaining(ofDapr.map(({ name }) => name)));
    // What is declared after the layer goes before it.
    expect(graph.get("p-openfunction-objects:openfunction")?.dependsOn).toContain(removal.name);
    // Neither made anew nor run when its request changes: that would take users' objects.
    expect(Object.keys(removal.inputs).sort()).toEqual(["addPreviousOutputInEnv", "delete", "stdin"]);
    expect(removal.inputs.stdin).toHaveProperty(SECRET);
    expect(JSON.parse(inputs(removal.name).stdin as string)).toEqual({
      kubeconfig: "KUBECONFIG",
      kinds: [{ group: "g", version: "v1", plural: "ks", kept: ["mine"] }],
      timeoutSeconds: 300,
    });
  });

  it("a chart without what has to be changed in it is refused by name", () => {
    expect(() => knativeObjects([], SERVING)).toThrow(/ConfigMap config-features/);
  });
});
