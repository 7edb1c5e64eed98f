import type { KubernetesObject } from "../manifests";

/** Webhook configurations that refuse what they judge while nobody answers for them. */
export function failsClosed({ kind, webhooks }: KubernetesObject): boolean {
  if (kind !== "MutatingWebhookConfiguration" && kind !== "ValidatingWebhookConfiguration") return false;
  // Kubernetes' default is Fail.
  return ((webhooks ?? []) as { failurePolicy?: string }[]).some(
    ({ failurePolicy = "Fail" }) => failurePolicy === "Fail",
  );
}
