import { definedBy, isWebhookConfiguration, type KubernetesObject } from "./object";

type Fields = Record<string, unknown>;

/**
 * The objects without the content of their Secrets and without the authorities that webhooks are trusted by: what a
 * chart has of these is published for everyone, or another at each rendering. Who declares the objects puts in their
 * own.
 */
export const withoutKeyMaterial = (objects: readonly KubernetesObject[]): KubernetesObject[] =>
  objects.map((object) => {
    if (object.kind === "Secret") return without(object, ["data", "stringData"]) as KubernetesObject;
    return isWebhookConfiguration(object) || definedBy(object) ? withAuthority(object, undefined) : object;
  });

/**
 * A webhook configuration, or a definition with a conversion webhook, that trusts an authority.
 *
 * @param caBundle base64 of PEM certificates, or a Pulumi output of it; `undefined`: those of the system
 */
export function withAuthority(object: KubernetesObject, caBundle: unknown): KubernetesObject {
  if (isWebhookConfiguration(object)) {
    const webhooks = (object.webhooks ?? []) as { clientConfig: Fields }[];
    return {
      ...object,
      webhooks: webhooks.map((webhook) => ({ ...webhook, clientConfig: trusting(webhook.clientConfig, caBundle) })),
    };
  }
  const spec = (object.spec ?? {}) as { conversion?: { webhook?: { clientConfig?: Fields } } };
  const webhook = spec.conversion?.webhook;
  if (webhook?.clientConfig === undefined) return object;
  const clientConfig = trusting(webhook.clientConfig, caBundle);
  return { ...object, spec: { ...spec, conversion: { ...spec.conversion, webhook: { ...webhook, clientConfig } } } };
}

const trusting = (clientConfig: Fields, caBundle: unknown): Fields => ({
  ...without(clientConfig, ["caBundle"]),
  ...(caBundle === undefined ? {} : { caBundle }),
});

const without = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
