import type * as pulumi from "@pulumi/pulumi";
import { type CertificatePair, encoded } from "../certificates";
import type { KubernetesObject } from "../manifests";

/** A Secret whose values are given in base64, as Pulumi outputs. */
export const secret = (
  namespace: string,
  name: string,
  data: Readonly<Record<string, pulumi.Output<string>>>,
  type = "Opaque",
): KubernetesObject => ({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type, data });

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
): KubernetesObject =>
  secret(
    namespace,
    name,
    { "tls.crt": encoded(certificate), "tls.key": encoded(privateKey), "ca.crt": authority },
    "kubernetes.io/tls",
  );
