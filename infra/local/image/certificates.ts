import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { filesBelow } from "../../toolchain/store";

/** Where distributions keep the bundle of all trusted certificates. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** One certificate as `update-ca-certificates` takes it. */
export interface CertificateFile {
  /** File name, ends in `.crt`. */
  name: string;
  pem: string;
}

/** Where Debian's package has its own certificates, one a file. */
const DISTRIBUTION = "/usr/share/ca-certificates";

/**
 * The certificates that this host's owner added to those of its distribution, as PEM text.
 *
 * Only those: a machine keeps its own distribution's judgement of the public authorities, which may be newer
 * than this host's. Where the two cannot be told apart it is all that the host trusts; empty when it keeps no
 * bundle.
 */
export function hostCertificates(override = process.env.SSL_CERT_FILE): string {
  const file = [override, ...BUNDLES].find((candidate) => candidate && existsSync(candidate));
  if (!file) return "";
  const distribution = filesBelow(DISTRIBUTION).map((path) => readFileSync(path, "utf8"));
  return missingCertificates(readFileSync(file, "utf8"), distribution.join("\n"))
    .map(({ pem }) => pem)
    .join("");
}

/**
 * Those certificates of `wanted` that are not in `present`: a site's own authorities, which a machine must trust
 * to reach the site's package registries. Expired ones and what is no certificate are left out.
 */
export function missingCertificates(wanted: string, present: string, now = new Date()): CertificateFile[] {
  const known = new Set(certificates(present).map(({ fingerprint256 }) => fingerprint256));
  const files = new Map<string, CertificateFile>();
  for (const certificate of certificates(wanted)) {
    if (known.has(certificate.fingerprint256) || new Date(certificate.validTo) < now) continue;
    const id = createHash("sha256").update(certificate.raw).digest("hex").slice(0, 16);
    files.set(id, { name: `host-${id}.crt`, pem: certificate.toString() });
  }
  return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function certificates(bundle: string): X509Certificate[] {
  return (bundle.match(CERTIFICATE) ?? []).flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });
}
