import * as pulumi from "@pulumi/pulumi";
import { Certificates, encoded } from "../certificates";
import { type KubernetesObject, withAuthority } from "../manifests";
import { CONTOUR } from "./contour";
import { type DeclaredLayer, declareLayer, type LayerArgs } from "./layer";
import { layerNamespaces } from "./layers";
import { tlsSecret } from "./secrets";

const NAMESPACE = layerNamespaces.openfunction as string;
const WEBHOOK = "openfunction-webhook-service";
/** That the controller's pod mounts. */
const WEBHOOK_SECRET = "webhook-server-cert";

/** Where OpenFunction's gateway is reached in the cluster, whatever serves it. */
export const FUNCTION_GATEWAY = `gateway.${NAMESPACE}.svc.cluster.local`;

export interface OpenFunctionArgs extends Omit<LayerArgs, "namespace" | "objects"> {
  /** What its chart has, without the Secret of the webhooks and without the RuntimeClass. */
  objects: readonly KubernetesObject[];
  /** Domain that functions' names end in. */
  domain: string;
}

/** OpenFunction's controller, webhooks with certificates of their own, and its Gateway. */
export class OpenFunction extends pulumi.ComponentResource {
  readonly layer: DeclaredLayer;

  constructor(name: string, args: OpenFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:OpenFunction", name, { await: args.await ?? "ready", domain: args.domain }, opts);
    const certificates = new Certificates(
      `${name}-certificates`,
      {
        authority: "openfunction-webhook-ca",
        certificates: {
          webhook: {
            commonName: WEBHOOK,
            dnsNames: ["", ".svc", ".svc.cluster.local"].map((end) => `${WEBHOOK}.${NAMESPACE}${end}`),
            use: "server",
          },
        },
      },
      { parent: this },
    );
    const authority = encoded(certificates.authority);
    const trusted = args.objects.map((object) => withAuthority(object, authority));
    const secret = tlsSecret(NAMESPACE, WEBHOOK_SECRET, certificates.pair("webhook"), authority);
    this.layer = declareLayer(
      `${name}-objects`,
      {
        namespace: NAMESPACE,
        objects: [secret, ...trusted, functionGateway(args.domain)],
        await: args.await,
        kubeconfig: args.kubeconfig,
      },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    this.registerOutputs({});
  }
}

/** Every field is given: what a webhook would fill in would be there or not, as it runs or not. */
const functionGateway = (domain: string): KubernetesObject => ({
  apiVersion: "networking.openfunction.io/v1alpha1",
  kind: "Gateway",
  metadata: {
    name: "openfunction",
    namespace: NAMESPACE,
    // Its controller writes into the annotations and cannot bear that there are none.
    annotations: { "ofwasm.dev/domain": domain },
  },
  spec: {
    domain,
    clusterDomain: "cluster.local",
    hostTemplate: "{{.Name}}.{{.Namespace}}.{{.Domain}}",
    pathTemplate: "{{.Namespace}}/{{.Name}}",
    httpRouteLabelKey: "app.kubernetes.io/managed-by",
    gatewayRef: { name: CONTOUR.gateway, namespace: CONTOUR.namespace },
    gatewaySpec: {
      listeners: [listener("ofn-http-internal", "*.cluster.local"), listener("ofn-http-external", `*.${domain}`)],
    },
  },
});

const listener = (name: string, hostname: string): object => ({
  name,
  hostname,
  protocol: "HTTP",
  port: 80,
  allowedRoutes: { namespaces: { from: "All" } },
});
