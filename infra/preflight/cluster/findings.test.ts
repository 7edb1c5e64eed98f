import type { KubernetesObject } from "../../../components/manifests";
import type { ClusterFacts, LiveObject } from "./facts";
import { type ClusterFinding, type ClusterPlan, clusterFindings, describeClusterFinding } from "./findings";
import { neededKinds } from "./layer-needs";

const OURS = "openfunction-wasm/dev";

const live = (name: string, change: Partial<LiveObject> = {}): LiveObject => ({ name, leaving: false, ...change });

const HELM = { owner: "Helm release keda in namespace keda" };

const definition = (name: string): KubernetesObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name },
});

const deployment = (name: string, pod: object): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "keda" },
  spec: { template: { spec: pod } },
});

const SCALED = ["scaledobjects.keda.sh", "scaledjobs.keda.sh"];
const kedaObjects = [...SCALED.map(definition), deployment("operator", { containers: [{}] })];

const plan = (change: Partial<ClusterPlan> = {}): ClusterPlan => ({
  marker: OURS,
  layers: ["keda"],
  existing: [],
  objects: { keda: kedaObjects },
  owned: new Set(),
  envoyService: "NodePort",
  openfunction: "1.2.0",
  ...change,
});

/** A cluster with nothing on it. */
const facts = (change: Partial<ClusterFacts> = {}): ClusterFacts => ({
  version: "v1.34.4",
  definitions: [],
  namespaces: [live("default")],
  served: [],
  strategies: [],
  storageClasses: [],
  nodes: [{ name: "one", architecture: "amd64" }],
  loadBalancer: "",
  forbidden: [],
  ...change,
});

const lines = (findings: readonly ClusterFinding[]): string[] =>
  findings.map((finding) => `${finding.severity} ${describeClusterFinding(finding)}`);

const GATEWAY_DEFINITIONS = ["gatewayclasses", "gateways", "httproutes"].map((kind) =>
  live(`${kind}.gateway.networking.k8s.io`),
);
const GATEWAY_KINDS = [...new Set(Object.values(neededKinds).flatMap((of) => of.gatewayApi ?? []))];
const SERVES: Partial<ClusterPlan> = { layers: ["contour"], existing: ["gatewayApi"], objects: { contour: [] } };

test("nothing speaks against an empty cluster", () => {
  expect(clusterFindings(facts(), plan())).toEqual([]);
});

test("there are eight pairs of kind and version that Contour and OpenFunction need of the Gateway API", () => {
  const needed = ["v1beta1 GatewayClass", "v1beta1 Gateway", "v1beta1 HTTPRoute", "v1alpha2 TLSRoute"];
  needed.push("v1alpha2 ReferencePolicy", "v1alpha2 ReferenceGrant", "v1alpha2 Gateway", "v1alpha2 HTTPRoute");
  expect(GATEWAY_KINDS).toEqual(expect.arrayContaining(needed.map((pair) => `gateway.networking.k8s.io/${pair}`)));
});

type Case = [what: string, facts: Partial<ClusterFacts>, plan: Partial<ClusterPlan>, lines: RegExp[]];

test.each<Case>([
  ["a server that is too old", { version: "v1.20.0" }, {}, [/^refuse Kubernetes v1\.20\.0: .*Nearest good: 1\.26/]],
  [
    "a server that is too new",
    { version: "v1.40.0-gke.1" },
    {},
    [/^refuse Kubernetes v1\.40\.0-gke\.1: .*not been run/],
  ],
  ["a server without a version", { version: "v0.0.0-master+$Format:%H$" }, {}, [/^refuse Kubernetes v0\.0\.0-master/]],
  ["a server that OpenFunction was not tested on", {}, { layers: ["openfunction"] }, [/^warn Kubernetes v1\.34\.4: /]],
  [
    "any server where nothing is made",
    { version: "v1.20.0", definitions: SCALED.map((name) => live(name)) },
    { layers: [], objects: {}, existing: ["keda"] },
    [],
  ],
  [
    "definitions and a namespace of a Helm release",
    { definitions: SCALED.map((name) => live(name, HELM)), namespaces: [live("keda", HELM)] },
    {},
    [
      /^refuse CustomResourceDefinition scaledobjects\.keda\.sh, scaledjobs\.keda\.sh; Namespace keda: .*\(Helm release keda in namespace keda\)\. Leave keda to its owner .*platformExisting.*helm uninstall keda -n keda/,
    ],
  ],
  [
    "two owners of one layer",
    { definitions: [live(SCALED[0] as string, HELM)], namespaces: [live("keda")] },
    {},
    [
      /^refuse CustomResourceDefinition scaledobjects\.keda\.sh: .*cannot be used as it is, without CustomResourceDefinition scaledjobs/,
      /^refuse Namespace keda: .*owner is not known.*kubectl delete namespace\/keda/,
    ],
  ],
  [
    "objects of another stack",
    { namespaces: [live("keda", { marker: "openfunction-wasm/other", owner: "stack openfunction-wasm/other" })] },
    {},
    [/^refuse Namespace keda: .*stack openfunction-wasm\/other/],
  ],
  ["a namespace that is going", { namespaces: [live("keda", { leaving: true })] }, {}, [/wait until it is gone/]],
  [
    "objects with our marker",
    { definitions: SCALED.map((name) => live(name, { marker: OURS })), namespaces: [live("keda", { marker: OURS })] },
    {},
    [],
  ],
  [
    "objects of our state that were imported and have no marker yet",
    { definitions: [live(SCALED[0] as string)] },
    { owned: new Set([`CustomResourceDefinition ${SCALED[0]}`]) },
    [],
  ],
  [
    "the build namespace of somebody else",
    { namespaces: [live("builds")] },
    { layers: ["buildStrategy"], objects: {} },
    [/^refuse Namespace builds/],
  ],
  [
    "a layer that is not there",
    { definitions: [live(SCALED[0] as string)] },
    { layers: [], objects: {}, existing: ["keda"] },
    [/^refuse platformExisting keda: the cluster has no CustomResourceDefinition scaledjobs\.keda\.sh\. Install keda/],
  ],
  [
    "a layer without the namespace that others look into",
    { definitions: [live("httpproxies.projectcontour.io")] },
    { layers: [], objects: {}, existing: ["contour"] },
    [/no Namespace projectcontour\. /],
  ],
  [
    "a strategy that is not there",
    {},
    { layers: [], objects: {}, existing: ["buildStrategy"] },
    [/no ClusterBuildStrategy wasmedge\. /],
  ],
  [
    "a strategy that is there",
    { strategies: ["wasmedge"] },
    { layers: [], objects: {}, existing: ["buildStrategy"] },
    [],
  ],
  [
    "a layer of our own that is said to be somebody else's",
    { definitions: SCALED.map((name) => live(name, { marker: OURS })) },
    { layers: [], objects: {}, existing: ["keda"] },
    [/^refuse platformExisting keda: .*this stack's own, so this run would remove them\. Keep keda in platform/],
  ],
  ["a Gateway API with all pairs", { definitions: GATEWAY_DEFINITIONS, served: GATEWAY_KINDS }, SERVES, []],
  [
    "a Gateway API without one pair",
    { definitions: GATEWAY_DEFINITIONS, served: GATEWAY_KINDS.filter((kind) => !kind.endsWith("ReferencePolicy")) },
    SERVES,
    [
      /^refuse platformExisting gatewayApi: it does not serve gateway\.networking\.k8s\.io\/v1alpha2 ReferencePolicy, without which contour/,
    ],
  ],
  [
    "a Gateway API that lacks what only OpenFunction needs",
    { version: "v1.26.0", definitions: GATEWAY_DEFINITIONS, served: [] },
    { layers: ["openfunction"], existing: ["gatewayApi"], objects: {} },
    [
      /does not serve gateway\.networking\.k8s\.io\/v1alpha2 Gateway, gateway\.networking\.k8s\.io\/v1alpha2 HTTPRoute, without which openfunction/,
    ],
  ],
  [
    "a foreign Gateway API that is to be made",
    { definitions: GATEWAY_DEFINITIONS, served: GATEWAY_KINDS.slice(1) },
    {
      layers: ["gatewayApi", "contour"],
      objects: { gatewayApi: GATEWAY_DEFINITIONS.map(({ name }) => definition(name)) },
    },
    [/cannot be used as it is, without gateway\.networking\.k8s\.io\/v1beta1 GatewayClass, so remove them/],
  ],
  [
    "a Tekton whose TaskRuns Shipwright does not know",
    { definitions: [live("taskruns.tekton.dev")] },
    { layers: ["shipwright"], existing: ["tekton"], objects: {} },
    [/does not serve tekton\.dev\/v1beta1 TaskRun, without which shipwright/],
  ],
  [
    "a namespace of ours that lets its pods in",
    { namespaces: [{ ...live("keda", { marker: OURS }), enforces: "baseline" }] },
    {},
    [],
  ],
  [
    "a namespace of ours that does not",
    { namespaces: [{ ...live("keda", { marker: OURS }), enforces: "restricted" }] },
    {},
    [
      /^refuse Namespace keda: it enforces Pod Security restricted.*Deployment keda\/operator\. kubectl label namespace keda --overwrite .*enforce=baseline$/,
    ],
  ],
  [
    "a volume without a default StorageClass",
    { storageClasses: [{ name: "slow", isDefault: false }] },
    {
      objects: {
        keda: [
          { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "disk", namespace: "keda" }, spec: {} },
        ],
      },
    },
    [/^refuse StorageClass: PersistentVolumeClaim keda\/disk wants a volume.*\(there: slow\)/],
  ],
  [
    "a volume with one",
    { storageClasses: [{ name: "slow", isDefault: true }] },
    {
      objects: {
        keda: [
          {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            metadata: { name: "s" },
            spec: { volumeClaimTemplates: [{ spec: {} }] },
          },
        ],
      },
    },
    [],
  ],
  [
    "no sign of a load balancer",
    {},
    { layers: ["contour"], envoyService: "LoadBalancer" },
    [/^warn envoyService LoadBalancer: .*NodePort$/],
  ],
  ["a load balancer", { loadBalancer: "machines of aws" }, { layers: ["contour"], envoyService: "LoadBalancer" }, []],
  ["no need of one", {}, { layers: ["contour"], envoyService: "NodePort" }, []],
  [
    "nodes that have no image",
    { nodes: [{ name: "two", architecture: "arm64" }] },
    { objects: { keda: [deployment("o", { containers: [{ image: "docker.io/openfunction/openfunction:v1.2.0" }] })] } },
    [/^warn Node two \(arm64\): .*docker\.io\/openfunction\/openfunction:v1\.2\.0/],
  ],
  [
    "what may not be asked",
    {
      definitions: undefined,
      namespaces: undefined,
      served: undefined,
      strategies: undefined,
      storageClasses: undefined,
      nodes: undefined,
      loadBalancer: undefined,
      forbidden: ["Nodes"],
    },
    { layers: ["contour"], existing: ["gatewayApi", "keda", "buildStrategy"], envoyService: "LoadBalancer" },
    [/^warn Nodes: the kubeconfig's user may not list them/],
  ],
])("%s", (_, ofCluster, ofPlan, expected) => {
  const found = lines(clusterFindings(facts(ofCluster), plan(ofPlan)));
  expect(found).toEqual(expected.map((line) => expect.stringMatching(line)));
});

test("all at once, refusals first", () => {
  const cluster = facts({ version: "v1.20.0", namespaces: [live("keda")], forbidden: ["Nodes"] });
  const found = clusterFindings(cluster, plan({ existing: ["dapr"] }));
  expect(found.map(({ severity }) => severity)).toEqual(["refuse", "refuse", "refuse", "warn"]);
});
