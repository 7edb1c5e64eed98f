import { isWebhookConfiguration, type KubernetesObject } from "../manifests";

/**
 * Objects that do harm while no pod answers for them: webhooks that then refuse what they judge, and APIs of other
 * servers, without which no namespace can be deleted.
 */
export function needsRunningPods(object: KubernetesObject): boolean {
  if (object.kind === "APIService") return (object.spec as { service?: object } | undefined)?.service !== undefined;
  if (!isWebhookConfiguration(object)) return false;
  // Kubernetes' default is Fail.
  return ((object.webhooks ?? []) as { failurePolicy?: string }[]).some(
    ({ failurePolicy = "Fail" }) => failurePolicy === "Fail",
  );
}
