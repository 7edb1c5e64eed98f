import { isWebhookConfiguration, type KubernetesObject } from "../manifests";
import { withFields } from "./edit";

export interface KnativeSettings {
  /** Domain that functions' names end in. */
  domain: string;
  /** Registries, `host:port`, whose tags are left as they are: those that Knative's controller cannot ask for a digest. */
  registriesSkippingTagResolving: readonly string[];
}

/** What Knative itself skips: names that no registry answers to. */
const NEVER_RESOLVED = ["kind.local", "ko.local", "dev.local"];

/**
 * Knative's objects as functions need them: pods may name a RuntimeClass and read their own fields, and routes end in
 * our domain.
 */
export function knativeObjects(
  objects: readonly KubernetesObject[],
  { domain, registriesSkippingTagResolving }: KnativeSettings,
): KubernetesObject[] {
  const data: Readonly<Record<string, Record<string, string>>> = {
    "config-features": {
      "kubernetes.podspec-fieldref": "enabled",
      "kubernetes.podspec-runtimeclassname": "enabled",
    },
    "config-domain": { [domain]: "" },
    "config-network": { "ingress-class": "contour.ingress.networking.knative.dev" },
    "config-deployment": {
      "registries-skipping-tag-resolving": [...NEVER_RESOLVED, ...registriesSkippingTagResolving].join(","),
    },
  };
  const configured = Object.entries(data).reduce(
    (all, [name, fields]) => withFields(all, "ConfigMap", name, { data: fields }),
    [...objects],
  );
  return configured.map(drainable).map(withoutRules);
}

/** What its webhooks judge is written by Knative itself when they start; what the chart says would be set back. */
function withoutRules(object: KubernetesObject): KubernetesObject {
  if (!isWebhookConfiguration(object)) return object;
  const webhooks = (object.webhooks ?? []) as Record<string, unknown>[];
  return { ...object, webhooks: webhooks.map(({ rules: _, namespaceSelector: __, ...webhook }) => webhook) };
}

/** Of one replica 80 % must stay, the charts say, so that no machine could ever be drained. */
function drainable(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "PodDisruptionBudget") return object;
  const { minAvailable: _, ...spec } = object.spec as Record<string, unknown>;
  return { ...object, spec: { ...spec, maxUnavailable: 1 } };
}
