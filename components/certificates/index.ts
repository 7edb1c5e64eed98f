export {
  type CertificatePair,
  type CertificateSpec,
  Certificates,
  type CertificatesArgs,
  encoded,
} from "./certificates";
