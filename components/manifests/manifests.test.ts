import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { recordGraph, settled } from "../../tests/support/graph";
import { ManifestError, objectsOf } from "./check";
import { withImages } from "./images";
import { Manifests, type ManifestsArgs } from "./manifests";
import { needsOf } from "./needs";
import { describeObject, type KubernetesObject, resourceName, typeToken } from "./object";
import { inOrder, withoutImplied } from "./order";
import { leftToAutoscalers } from "./scaled";
import { placeIn } from "./scope";

const object = (
  kind: string,
  name: string,
  rest: Partial<KubernetesObject> = {},
  namespace = "ns",
): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  ...rest,
  metadata: { name, namespace, ...rest.metadata },
});

const clusterWide = (kind: string, name: string, rest: Partial<KubernetesObject> = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  ...rest,
  metadata: { name },
});

const definition = clusterWide("CustomResourceDefinition", "things.example.org", {
  apiVersion: "apiextensions.k8s.io/v1",
  spec: { group: "example.org", scope: "Cluster", names: { kind: "Thing" } },
});

const account = object("ServiceAccount", "runner");
const role = clusterWide("ClusterRole", "runs");
const binding = clusterWide("ClusterRoleBinding", "runner-runs", {
  roleRef: { kind: "ClusterRole", name: "runs" },
  subjects: [{ kind: "ServiceAccount", name: "runner", namespace: "ns" }],
});
const config = object("ConfigMap", "settings");
const secret = object("Secret", "certificate");
const service = object("Service", "hook", { spec: { selector: { app: "hook" } } });
const deployment = object("Deployment", "hook", {
  apiVersion: "apps/v1",
  spec: {
    template: {
      metadata: { labels: { app: "hook", more: "yes" } },
      spec: {
        serviceAccountName: "runner",
        containers: [{ image: "example.org/hook:1", envFrom: [{ configMapRef: { name: "settings" } }] }],
        volumes: [{ secret: { secretName: "certificate" } }, { configMap: { name: "of somebody else" } }],
      },
    },
  },
});
const webhook = clusterWide("ValidatingWebhookConfiguration", "judge", {
  webhooks: [{ clientConfig: { service: { name: "hook", namespace: "ns" } } }],
});
const thing = clusterWide("Thing", "one", { apiVersion: "example.org/v1" });
const namespace = clusterWide("Namespace", "ns");
const all = [thing, webhook, deployment, service, binding, role, account, config, secret, definition, namespace];

const needed = (wanted: KubernetesObject): string[] => [...needsOf(all).get(wanted)!].map(describeObject).sort();

describe("what an object needs", () => {
  test("its namespace", () => expect(needed(config)).toEqual(["Namespace ns"]));

  test("the account, its bindings, the configuration and every definition, for pods", () =>
    expect(needed(deployment)).toEqual([
      "ClusterRoleBinding runner-runs",
      "ConfigMap ns/settings",
      "CustomResourceDefinition things.example.org",
      "Namespace ns",
      "Secret ns/certificate",
      "ServiceAccount ns/runner",
    ]));

  test("role and account, for a binding", () =>
    expect(needed(binding)).toEqual(["ClusterRole runs", "ServiceAccount ns/runner"]));

  test("the service and the pods behind it, for a webhook", () =>
    expect(needed(webhook)).toEqual(["Deployment ns/hook", "Service ns/hook"]));

  test("its definition and the webhooks that may judge it, for a custom object", () =>
    expect(needed(thing)).toEqual([
      "CustomResourceDefinition things.example.org",
      "ValidatingWebhookConfiguration judge",
    ]));

  test("comes before it, in whichever order the objects are given", () => {
    for (const objects of [all, [...all].reverse()]) {
      const needs = needsOf(objects);
      const ordered = inOrder(objects, needs);
      expect(ordered).toHaveLength(all.length);
      for (const [index, one] of ordered.entries())
        for (const before of needs.get(one)!) expect(ordered.indexOf(before)).toBeLessThan(index);
    }
  });

  test("is said once: what another need implies is left out, and nothing else", () => {
    const edges = fc.uniqueArray(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 200, selector: String });
    fc.assert(
      fc.property(edges, (pairs) => {
        const objects = Array.from({ length: 40 }, (_, index) => object("A", `${index}`));
        const needs = new Map(objects.map((one) => [one, new Set<KubernetesObject>()]));
        for (const [a, b] of pairs) if (a !== b) needs.get(objects[Math.max(a, b)]!)!.add(objects[Math.min(a, b)]!);
        const fewer = withoutImplied(inOrder(objects, needs), needs);
        for (const one of objects) {
          expect(reached(one, fewer)).toEqual(reached(one, needs));
          for (const needed of fewer.get(one)!) {
            const others = [...fewer.get(one)!].filter((other) => other !== needed);
            expect(others.some((other) => reached(other, fewer).has(needed))).toBe(false);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("in a circle is an error that names it", () => {
    const [one, other] = [object("A", "one"), object("B", "other")];
    const needs = new Map([
      [one, new Set([other])],
      [other, new Set([one])],
    ]);
    expect(() => inOrder([one, other], needs)).toThrow("A ns/one -> B ns/other -> A ns/one");
  });
});

/** All that comes before an object. */
function reached(
  object: KubernetesObject,
  needs: ReadonlyMap<KubernetesObject, ReadonlySet<KubernetesObject>>,
  found = new Set<KubernetesObject>(),
): Set<KubernetesObject> {
  for (const needed of needs.get(object)!) {
    if (found.has(needed)) continue;
    found.add(needed);
    reached(needed, needs, found);
  }
  return found;
}

describe("manifests", () => {
  test("are taken apart from lists", () =>
    expect(objectsOf([{ apiVersion: "v1", kind: "List", items: [config, secret] }], "file")).toEqual([config, secret]));

  test("are refused with every mistake at once", () => {
    const hook = object("Job", "late", { metadata: { name: "late", annotations: { "helm.sh/hook": "post-install" } } });
    const mistakes = (): unknown => objectsOf([config, { kind: "Half" }, config, hook, "text"], "chart x");
    expect(mistakes).toThrow(ManifestError);
    expect(mistakes).toThrow(
      [
        "chart x cannot be declared:",
        '  not a Kubernetes object, which has apiVersion, kind and metadata.name: {"kind":"Half"}',
        '  not a Kubernetes object, which has apiVersion, kind and metadata.name: "text"',
        "  ConfigMap ns/settings is there twice",
        "  Job ns/late is a Helm hook (post-install): render the chart without hooks",
      ].join("\n"),
    );
  });

  test("get the release's namespace where Helm would put them there", () => {
    const bare = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "bare" } };
    const outside = { apiVersion: "other.org/v1", kind: "Planet", metadata: { name: "earth" } };
    const placed = placeIn("release", [bare, config, definition, thing, role, outside], ["Planet"]);
    expect(placed.map(({ metadata }) => metadata.namespace)).toEqual([
      "release",
      "ns",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("get known images wherever they stand, and none without a digest is left", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const images = new Map([["example.org/hook:1", `example.net/hook:1@${digest}`]]);
    const arg = { ...config, data: { image: "example.org/hook:1", other: "not example.org/hook:1" } };
    const replaced = withImages([deployment, arg], (image) => images.get(image), "chart x");
    expect(JSON.stringify(replaced)).not.toContain('"example.org/hook:1"');
    expect(replaced[1]?.data).toEqual({ image: `example.net/hook:1@${digest}`, other: "not example.org/hook:1" });
    const started = {
      ...deployment,
      spec: { template: { spec: { containers: [{ args: ["-git", "example.org/git:2"] }] } } },
    };
    for (const [one, image] of [
      [deployment, "example.org/hook:1"],
      [started, "example.org/git:2"],
    ] as const)
      expect(() => withImages([one], () => undefined, "chart x")).toThrow(
        `Deployment ns/hook: image ${image} has no known home or digest`,
      );
  });

  test("with a schema that speaks of containers are no workloads", () => {
    const schema = { ...definition, spec: { containers: { type: "array", description: "example.org/any:1" } } };
    expect(withImages([schema], () => undefined, "chart x")).toEqual([schema]);
  });

  test("leave the number of replicas to the autoscaler that there is", () => {
    const replicas = { ...deployment, spec: { replicas: 1, template: {} } };
    const scaler = object("HorizontalPodAutoscaler", "any", {
      spec: { scaleTargetRef: { kind: "Deployment", name: "hook" } },
    });
    expect(leftToAutoscalers([replicas, scaler])[0]?.spec).toEqual({ template: {} });
    expect(leftToAutoscalers([replicas, { ...scaler, metadata: { ...scaler.metadata, namespace: "other" } }])[0]).toBe(
      replicas,
    );
  });

  test("have names and types that do not depend on what else is there", () => {
    expect([resourceName("p", deployment), resourceName("p", role)]).toEqual(["p:ns/hook", "p:runs"]);
    expect([typeToken(deployment), typeToken(config)]).toEqual([
      "kubernetes:apps/v1:Deployment",
      "kubernetes:core/v1:ConfigMap",
    ]);
  });
});

async function declared(objects: readonly KubernetesObject[], args: Partial<ManifestsArgs> = {}) {
  const graph = recordGraph();
  const { objects: resources } = new Manifests("m", { objects, ...args });
  await settled(resources.map(({ urn }) => urn));
  await pulumi.runtime.disconnect();
  return graph;
}

// In the recorded graph a resource is known by its name alone, which two kinds may share.
const named = all.filter((one) => one !== service);

describe("the component", () => {
  test("declares each object under itself, after what it needs", async () => {
    const graph = await declared(named);
    expect(graph.size).toBe(named.length + 1);
    expect(graph.get("m:ns/hook")).toMatchObject({ type: "kubernetes:apps/v1:Deployment", parent: "m" });
    // What these need is not said again: the namespace and the account.
    expect(graph.get("m:ns/hook")?.dependsOn.sort()).toEqual([
      "m:ns/certificate",
      "m:ns/settings",
      "m:runner-runs",
      "m:things.example.org",
    ]);
    expect(JSON.stringify(graph.get("m:ns/hook")?.inputs)).not.toContain("skipAwait");
  });

  test("waits, from its first object on, for what it is told to wait for", async () => {
    const graph = recordGraph();
    const before = new Manifests("before", { objects: [object("Secret", "old", {}, "else")] });
    const { objects: resources } = new Manifests("m", { objects: named }, { dependsOn: [...before.objects] });
    await settled(resources.map(({ urn }) => urn));
    await pulumi.runtime.disconnect();
    expect(graph.get("m:ns")?.dependsOn).toEqual(["before:else/old"]);
    expect(graph.get("m:ns/settings")?.dependsOn).toEqual(["m:ns"]);
  });

  test("leaves out what it is told to, and keeps the order around it", async () => {
    const front = object("Service", "front", { spec: { selector: { app: "hook" } } });
    const judge = clusterWide("ValidatingWebhookConfiguration", "judge", {
      webhooks: [{ clientConfig: { service: { name: "front", namespace: "ns" } } }],
    });
    const objects = [...named.filter((one) => one !== webhook), front, judge];
    const graph = await declared(objects, { leftOut: [judge] });
    expect(graph.has("m:judge")).toBe(false);
    // The webhook would have judged it, and the pods behind the webhook come first still.
    expect(graph.get("m:one")?.dependsOn.sort()).toEqual(["m:ns/front", "m:ns/hook"]);
  });

  test("waits for nothing when that is asked for", async () => {
    const graph = await declared(named, { await: "none" });
    for (const [name, { inputs }] of graph)
      if (name !== "m") expect(inputs.metadata).toMatchObject({ annotations: { "pulumi.com/skipAwait": "true" } });
  });
});
