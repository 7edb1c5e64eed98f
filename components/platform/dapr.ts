import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type CertificateSpec, Certificates, encoded } from "../certificates";
import { hasPods, type KubernetesObject, withAuthority } from "../manifests";
import { withFields } from "./edit";
import { type DeclaredLayer, declareLayer, type LayerArgs } from "./layer";
import { layerNamespaces } from "./layers";

const NAMESPACE = layerNamespaces.dapr as string;

const served = (service: string): CertificateSpec => ({
  commonName: service,
  dnsNames: ["", ".svc", ".svc.cluster", ".svc.cluster.local"].map((end) => `${service}.${NAMESPACE}${end}`),
  use: "server",
});

/** One authority for each purpose, so that none can speak for another. */
const AUTHORITIES = {
  injector: { authority: "dapr-sidecar-injector-ca", certificates: { injector: served("dapr-sidecar-injector") } },
  webhook: { authority: "dapr-webhook-ca", certificates: { webhook: served("dapr-webhook") } },
  // Sentry signs the certificates of every sidecar with it. Without one it makes its own, which ends after a year.
  trust: {
    authority: "dapr-root",
    certificates: { issuer: { commonName: "cluster.local", dnsNames: ["cluster.local"], use: "authority" } },
  },
} as const satisfies Record<string, { authority: string; certificates: Record<string, CertificateSpec> }>;

export type DaprArgs = Omit<LayerArgs, "namespace">;

/** Dapr's control plane, with certificates that last. */
export class Dapr extends pulumi.ComponentResource {
  readonly layer: DeclaredLayer;

  constructor(name: string, args: DaprArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:Dapr", name, { await: args.await ?? "ready" }, opts);
    const certificates = (purpose: keyof typeof AUTHORITIES): Certificates =>
      new Certificates(`${name}-${purpose}`, AUTHORITIES[purpose], { parent: this });
    const objects = withCertificates(args.objects, {
      injector: certificates("injector"),
      webhook: certificates("webhook"),
      trust: certificates("trust"),
    });
    this.layer = declareLayer(
      `${name}-objects`,
      { namespace: NAMESPACE, objects, await: args.await, kubeconfig: args.kubeconfig },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    this.registerOutputs({});
  }
}

/** The chart's objects with the Secrets filled, and the webhooks trusted. */
function withCertificates(
  objects: readonly KubernetesObject[],
  made: Readonly<Record<keyof typeof AUTHORITIES, Certificates>>,
): KubernetesObject[] {
  const injector = made.injector.pair("injector");
  const webhook = made.webhook.pair("webhook");
  const issuer = made.trust.pair("issuer");
  const secrets: Record<string, Record<string, pulumi.Output<string>>> = {
    "dapr-sidecar-injector-cert": {
      "tls.crt": encoded(injector.certificate),
      "tls.key": encoded(injector.privateKey),
    },
    "dapr-webhook-cert": { "tls.crt": encoded(webhook.certificate), "tls.key": encoded(webhook.privateKey) },
    "dapr-webhook-ca": { caBundle: encoded(made.webhook.authority) },
    "dapr-trust-bundle": {
      "ca.crt": encoded(made.trust.authority),
      "issuer.crt": encoded(issuer.certificate),
      "issuer.key": encoded(issuer.privateKey),
    },
  };
  const filled = Object.entries(secrets).reduce(
    (all, [name, data]) => withFields(all, "Secret", name, { data }),
    [...objects],
  );
  const fingerprint = pulumi
    .all(Object.values(made).map(({ authority }) => authority))
    .apply((authorities) => createHash("sha256").update(authorities.join("")).digest("hex").slice(0, 16));
  // What the chart has in its place is put right by the operator when it starts.
  const conversion = { webhook: { clientConfig: { service: { namespace: NAMESPACE } } } };
  const placed = withFields(filled, "CustomResourceDefinition", SUBSCRIPTIONS, { spec: { conversion } });
  return placed.map((object) => {
    if (hasPods(object)) return restartedBy(fingerprint, object);
    if (object.kind === "MutatingWebhookConfiguration") return withAuthority(object, encoded(made.injector.authority));
    return object.metadata.name === SUBSCRIPTIONS ? withAuthority(object, encoded(made.webhook.authority)) : object;
  });
}

/** Its programs read certificates when they start. */
function restartedBy(fingerprint: pulumi.Output<string>, object: KubernetesObject): KubernetesObject {
  const annotations = { "ofwasm.dev/certificates": fingerprint };
  return withFields([object], object.kind, object.metadata.name, {
    spec: { template: { metadata: { annotations } } },
  })[0] as KubernetesObject;
}

/** The definition with a conversion webhook. */
const SUBSCRIPTIONS = "subscriptions.dapr.io";
