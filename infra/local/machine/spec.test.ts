import { parseSpec } from "./spec";

const SPEC = {
  stack: "dev",
  name: "node-0",
  address: "10.213.7.10",
  network: "10.213.7.0/24",
  gateway: "10.213.7.1",
  image: "/cache/image",
  hostKey: { privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nTOPSECRET", publicKey: "ssh-ed25519 AAAA" },
  authorizedKey: "ssh-ed25519 AAAA me@here",
};

describe("parseSpec", () => {
  it("takes a good specification as it is", () => {
    const full = { ...SPEC, memoryMiB: 2048, cpus: 1.5 };
    expect(parseSpec(JSON.stringify(SPEC))).toEqual(SPEC);
    expect(parseSpec(JSON.stringify(full))).toEqual(full);
  });

  it("names what is wrong and what is right, for each field", () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ stack: "../x" }, 'stack name "../x": use letters'],
      [{ stack: undefined }, "stack: missing"],
      [{ name: "Node" }, 'machine name "Node": not a DNS label'],
      [{ address: "10.214.0.1" }, 'address "10.214.0.1": not an IPv4 address in 10.213.7.0/24'],
      [{ gateway: "x" }, 'gateway "x": not an IPv4 address in 10.213.7.0/24'],
      [{ network: "10.213.7.1/24" }, "has host bits set; write 10.213.7.0/24"],
      [{ image: "cache" }, 'image "cache": give an absolute path'],
      [{ image: "/a,upperdir=/" }, "without colon, comma or backslash"],
      [{ authorizedKey: "ssh-ed25519 AAAA\nssh-ed25519 BBBB" }, "authorizedKey: not one public key"],
      [{ hostKey: { ...SPEC.hostKey, publicKey: "ssh-rsa AAAA" } }, "hostKey.publicKey: not an ssh-ed25519"],
      [{ hostKey: undefined }, "hostKey.privateKey: not a private key"],
      [{ memoryMiB: 1 }, "memoryMiB 1: give a whole number of MiB, at least 512"],
      [{ cpus: 0 }, "cpus 0: give a number of processors, at least 0.1"],
    ];
    for (const [change, message] of cases)
      expect(() => parseSpec(JSON.stringify({ ...SPEC, ...change }))).toThrow(message);
  });

  it("lists all mistakes at once and never shows the private key", () => {
    const text = JSON.stringify({ ...SPEC, name: "-", cpus: -1, hostKey: { privateKey: "TOPSECRET", publicKey: "x" } });
    let message = "";
    try {
      parseSpec(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split("\n")).toHaveLength(5);
    expect(message).not.toContain("TOPSECRET");
    expect(() => parseSpec("TOPSECRET {")).toThrow("not JSON");
    expect(() => parseSpec("TOPSECRET {")).not.toThrow("TOPSECRET");
  });
});
