import type * as pulumi from "@pulumi/pulumi";
import { type CertificatePair, encoded } from "../certificates";
import type { KubernetesObject } from "../manifests";

/**
 * A Secret of the kind that servers and clients mount.
 *
 * @param authority base64 of the authority's certificate
 */
export const tlsSecret = (
  namespace: string,
  name: string,
  { certificate, privateKey }: CertificatePair,
  authority: pulumi.Output<string>,
): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  type: "kubernetes.io/tls",
  data: { "tls.crt": encoded(certificate), "tls.key": encoded(privateKey), "ca.crt": authority },
});
