import { isWebhookConfiguration, type KubernetesObject } from "../manifests";

/** Webhook configurations that refuse what they judge while nobody answers for them. */
export function failsClosed(object: KubernetesObject): boolean {
  if (!isWebhookConfiguration(object)) return false;
  // Kubernetes' default is Fail.
  return ((object.webhooks ?? []) as { failurePolicy?: string }[]).some(
    ({ failurePolicy = "Fail" }) => failurePolicy === "Fail",
  );
}
