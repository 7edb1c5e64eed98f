import * as pulumi from "@pulumi/pulumi";
import { type CertificateSpec, Certificates, encoded } from "../certificates";
import type { KubernetesObject } from "../manifests";
import { withFields } from "./edit";
import { type DeclaredLayer, declareLayer, type LayerArgs } from "./layer";
import { layerNamespaces } from "./layers";
import { tlsSecret } from "./secrets";

/** GatewayClass and Gateway that routes are attached to. */
export const CONTOUR = { gatewayClass: "contour", gateway: "contour", namespace: layerNamespaces.contour as string };

/** What the controller is told to serve, in the chart's values. */
const CONTROLLER = "projectcontour.io/projectcontour/contour";

const service = (name: string): string[] => [name, `${name}.${CONTOUR.namespace}`, `${name}.${CONTOUR.namespace}.svc`];

/** Secrets by the names that the pods mount; the names in them are those that Contour's own certgen writes. */
const CERTIFICATES: Readonly<Record<string, CertificateSpec>> = {
  contourcert: {
    commonName: "contour",
    dnsNames: [...service("contour"), `contour.${CONTOUR.namespace}.svc.cluster.local`],
    use: "server",
  },
  envoycert: {
    commonName: "envoy",
    dnsNames: [...service("envoy"), `envoy.${CONTOUR.namespace}.svc.cluster.local`],
    use: "client",
  },
};

export interface ContourArgs extends Omit<LayerArgs, "namespace"> {
  /** How Envoy is reached from outside: `NodePort` where nothing gives addresses to Services. Default `LoadBalancer`. */
  service?: "LoadBalancer" | "NodePort";
}

/** Contour and Envoy with certificates of their own, and the Gateway of functions. */
export class Contour extends pulumi.ComponentResource {
  readonly layer: DeclaredLayer;

  constructor(name: string, args: ContourArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:Contour", name, { await: args.await ?? "ready", service: args.service }, opts);
    const certificates = new Certificates(
      `${name}-certificates`,
      { authority: "contour-ca", certificates: CERTIFICATES },
      { parent: this },
    );
    const secrets = Object.keys(CERTIFICATES).map((secret) =>
      tlsSecret(CONTOUR.namespace, secret, certificates.pair(secret), encoded(certificates.authority)),
    );
    this.layer = declareLayer(
      `${name}-objects`,
      {
        namespace: CONTOUR.namespace,
        objects: [...secrets, ...envoyReachedBy(args.service ?? "LoadBalancer", args.objects), gatewayClass, gateway],
        await: args.await,
        kubeconfig: args.kubeconfig,
      },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    this.registerOutputs({});
  }
}

const envoyReachedBy = (type: string, objects: readonly KubernetesObject[]): KubernetesObject[] =>
  withFields(objects, "Service", "contour-envoy", { spec: { type } });

const gatewayClass: KubernetesObject = {
  apiVersion: "gateway.networking.k8s.io/v1alpha2",
  kind: "GatewayClass",
  metadata: { name: CONTOUR.gatewayClass },
  spec: { controllerName: CONTROLLER },
};

/**
 * OpenFunction writes the listeners of its own Gateway into this one, and takes them out again. One must stay, and it
 * has a host name: the definition refuses two listeners of a port when one has none. Contour 1.23 serves one Gateway.
 */
const gateway: KubernetesObject = {
  apiVersion: "gateway.networking.k8s.io/v1alpha2",
  kind: "Gateway",
  metadata: { name: CONTOUR.gateway, namespace: CONTOUR.namespace },
  spec: {
    gatewayClassName: CONTOUR.gatewayClass,
    listeners: [
      {
        name: "http",
        // No name ends in it (RFC 2606).
        hostname: "*.invalid",
        protocol: "HTTP",
        port: 80,
        allowedRoutes: { namespaces: { from: "All" } },
      },
    ],
  },
};
