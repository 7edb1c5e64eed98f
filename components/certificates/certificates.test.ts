import { spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { recordGraph, settled } from "../../tests/support/graph";
import { Certificates, type CertificatesArgs } from ".";

const REQUEST: CertificatesArgs = {
  authority: "an-authority",
  certificates: {
    server: { commonName: "hook", dnsNames: ["hook.ns", "hook.ns.svc"], use: "server" },
    client: { commonName: "proxy", dnsNames: ["proxy"], use: "client" },
    issuer: { commonName: "cluster.local", dnsNames: ["cluster.local"], use: "authority" },
  },
};

function made(request: object) {
  const program = join(__dirname, "scripts", "make-certificates.cjs");
  const { status, stdout, stderr } = spawnSync("node", [program], { input: JSON.stringify(request), encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as { authority: string; certificates: Record<string, Record<string, string>> };
}

describe("certificates", () => {
  const { authority, certificates } = made({ ...REQUEST, years: 10 });
  const root = new X509Certificate(authority);

  test.each([
    ["server", "DNS:hook.ns, DNS:hook.ns.svc", false, ["1.3.6.1.5.5.7.3.1"]],
    ["client", "DNS:proxy", false, ["1.3.6.1.5.5.7.3.2"]],
    ["issuer", "DNS:cluster.local", true, undefined],
  ])("%s is good for what was asked, signed by the authority, with its own key", (name, names, ca, usage) => {
    const certificate = new X509Certificate(certificates[name]!.certificate!);
    expect(certificate).toMatchObject({ subjectAltName: names, ca, issuer: "CN=an-authority" });
    expect(certificate.keyUsage).toEqual(usage);
    expect([certificate.checkIssued(root), certificate.verify(root.publicKey)]).toEqual([true, true]);
    expect(certificate.checkPrivateKey(createPrivateKey(certificates[name]!.privateKey!))).toBe(true);
  });

  test("last as long as was asked, and begin before now", () => {
    const { validFrom, validTo } = new X509Certificate(certificates.server!.certificate!);
    expect(new Date(validFrom).getTime()).toBeLessThan(Date.now() - 60_000);
    expect(new Date(validTo).getFullYear() - new Date(validFrom).getFullYear()).toBe(10);
  });

  test("are others each time, and the authority's key is nowhere", () => {
    const again = made({ ...REQUEST, years: 10 });
    expect(again.authority).not.toBe(authority);
    expect(Object.keys(again)).toEqual(["authority", "certificates"]);
  });

  test("a wrong request is said, and no key is printed", () => {
    const program = join(__dirname, "scripts", "make-certificates.cjs");
    const { status, stdout, stderr } = spawnSync("node", [program], { input: '{"certificates":{}}', encoding: "utf8" });
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^certificates could not be made: /);
  });
});

test("the component makes them once, keeps the keys secret and makes others only for another request", async () => {
  const graph = recordGraph(({ type }) =>
    type === "command:local:Command" ? { stdout: JSON.stringify(made({ ...REQUEST, years: 10 })) } : {},
  );
  const component = new Certificates("c", REQUEST);
  const { certificate, privateKey } = component.pair("server");
  await settled({ certificate, privateKey });
  expect([await pulumi.isSecret(certificate), await pulumi.isSecret(privateKey)]).toEqual([false, true]);
  expect(graph.get("c-made")).toMatchObject({
    secretOutputs: ["stdout"],
    // No place of a clone is in it: another clone makes no others, and can make them.
    inputs: { create: "ofwasm-certificates", logging: "none", triggers: [JSON.stringify({ ...REQUEST, years: 10 })] },
  });
  await pulumi.runtime.disconnect();
});
