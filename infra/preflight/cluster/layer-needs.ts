import { BUILD_NAMESPACE, type Layer, layerNamespaces } from "../../../components/platform";

/** What tells that a layer is there, whoever installed it and wherever: definitions without which it is nothing. */
export const keyDefinitions: Readonly<Record<Layer, readonly string[]>> = {
  tekton: ["taskruns.tekton.dev"],
  shipwright: ["builds.shipwright.io", "buildruns.shipwright.io", "clusterbuildstrategies.shipwright.io"],
  buildStrategy: [],
  gatewayApi: ["gatewayclasses", "gateways", "httproutes"].map((kind) => `${kind}.gateway.networking.k8s.io`),
  contour: ["httpproxies.projectcontour.io"],
  knative: ["services.serving.knative.dev", "ingresses.networking.internal.knative.dev"],
  dapr: ["components.dapr.io"],
  keda: ["scaledobjects.keda.sh", "scaledjobs.keda.sh"],
  openfunction: ["functions.core.openfunction.io"],
};

/** Namespaces that other layers, or upstream's own code, look into by name. */
export const keyNamespaces: Readonly<Partial<Record<Layer, string>>> = {
  contour: layerNamespaces.contour,
  knative: layerNamespaces.knative,
};

/** The namespace that comes with a layer. */
export const namespaceOf = (layer: Layer): string | undefined =>
  layer === "buildStrategy" ? BUILD_NAMESPACE : layerNamespaces[layer];

const gateway = (version: string, ...kinds: string[]): string[] =>
  kinds.map((kind) => `gateway.networking.k8s.io/${version} ${kind}`);

/** Kinds that a layer must find served by another, `group/version Kind`: its controllers end at once without them. */
export const neededKinds: Readonly<Partial<Record<Layer, Readonly<Partial<Record<Layer, readonly string[]>>>>>> = {
  shipwright: { tekton: ["tekton.dev/v1beta1 TaskRun"] },
  buildStrategy: { shipwright: ["shipwright.io/v1alpha1 ClusterBuildStrategy"] },
  contour: {
    gatewayApi: [
      ...gateway("v1beta1", "GatewayClass", "Gateway", "HTTPRoute"),
      ...gateway("v1alpha2", "TLSRoute", "ReferencePolicy", "ReferenceGrant"),
      // The layer's own Gateway and GatewayClass are written in this version.
      ...gateway("v1alpha2", "GatewayClass", "Gateway"),
    ],
  },
  openfunction: {
    gatewayApi: gateway("v1alpha2", "Gateway", "HTTPRoute"),
    shipwright: ["shipwright.io/v1alpha1 Build", "shipwright.io/v1alpha1 BuildRun"],
    knative: ["serving.knative.dev/v1 Service"],
  },
};
