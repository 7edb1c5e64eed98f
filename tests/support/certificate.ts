import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";

/** A certificate of nobody's, PEM, that is good until then. */
export async function selfSigned(notAfter: Date): Promise<string> {
  const signingAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ["sign", "verify"]);
  const notBefore = new Date(notAfter.getTime() - 1_000);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    notBefore,
    notAfter,
    keys,
    signingAlgorithm,
  });
  return certificate.toString("pem");
}
