#!/usr/bin/env node
// Reads what is wanted on standard input and writes an authority with the certificates that it signed to standard
// output, as JSON: the request and `MadeCertificates` of certificates.ts. Keys go nowhere else.
"use strict";

require("reflect-metadata");
const { randomBytes, webcrypto } = require("node:crypto");
const { readFileSync } = require("node:fs");
const x509 = require("@peculiar/x509");

x509.cryptoProvider.set(webcrypto);

/** Elliptic: Dapr's sentry signs requests of that kind only with a key of that kind. */
const KEYS = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** Clocks that are behind this one accept the certificates too. */
const BACKDATED_MS = 600_000;

const { KeyUsageFlags, ExtendedKeyUsage } = x509;

const keyPair = () => webcrypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);

const named = (commonName) => [{ CN: [commonName] }];

const common = (publicKey, years) => {
  const notBefore = new Date(Date.now() - BACKDATED_MS);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notAfter.getFullYear() + years);
  // Positive, as RFC 5280 wants it.
  const serialNumber = `01${randomBytes(15).toString("hex")}`;
  return { serialNumber, notBefore, notAfter, publicKey, signingAlgorithm: KEYS };
};

const signs = (pathLength) => [
  new x509.BasicConstraintsExtension(true, pathLength, true),
  new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
];

function purpose(use) {
  if (use === "authority") return signs(0);
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([use === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
  ];
}

const pem = (label, bytes) => {
  const lines = Buffer.from(bytes)
    .toString("base64")
    .match(/.{1,64}/g);
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
};

const certificatePem = (certificate) => pem("CERTIFICATE", certificate.rawData);

async function make({ authority, years, certificates }) {
  const rootKeys = await keyPair();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(rootKeys.publicKey, years),
    name: named(authority),
    keys: rootKeys,
    extensions: [...signs(undefined), await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey)],
  });
  const made = {};
  for (const [name, { commonName, dnsNames, use }] of Object.entries(certificates)) {
    const keys = await keyPair();
    const certificate = await x509.X509CertificateGenerator.create({
      ...common(keys.publicKey, years),
      subject: named(commonName),
      issuer: root.subject,
      signingKey: rootKeys.privateKey,
      extensions: [
        ...purpose(use),
        new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: "dns", value }))),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
      ],
    });
    const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    made[name] = { certificate: certificatePem(certificate), privateKey: pem("PRIVATE KEY", key) };
  }
  return { authority: certificatePem(root), certificates: made };
}

make(JSON.parse(readFileSync(0, "utf8"))).then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error) => {
    process.stderr.write(`certificates could not be made: ${error.message}\n`);
    process.exitCode = 1;
  },
);
