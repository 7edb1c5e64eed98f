import type { MachineSpec } from "../../../components/node-pool/spec";
import { nspawnCommand } from "./boot";
import { bornFiles } from "./disk";
import { identityChanges } from "./machine";

const SPEC: MachineSpec = {
  stack: "dev",
  name: "node-0",
  address: "10.213.7.10",
  network: "10.213.7.0/24",
  gateway: "10.213.7.1",
  image: "/cache/image",
  hostKey: { privateKey: "PRIVATE", publicKey: "ssh-ed25519 HOST" },
  authorizedKey: "ssh-ed25519 LOGIN",
};

const recorded = (spec: MachineSpec) => ({ ...spec, hostKey: spec.hostKey.publicKey });

describe("bornFiles", () => {
  const files = bornFiles(SPEC, "0123456789abcdef0123456789abcdef", "#!/bin/sh\n");
  const content = (path: string) => files.find((file) => file.path === path)?.content;

  it("gives a machine its name, address and identity", () => {
    expect(content("/etc/hostname")).toBe("node-0\n");
    expect(content("/etc/hosts")).toContain("10.213.7.10 node-0\n");
    expect(content("/etc/ofwasm/network.conf")).toBe("10.213.7.10/24\n10.213.7.1\n");
    expect(content("/etc/machine-id")).toBe("0123456789abcdef0123456789abcdef\n");
    expect(content("/root/.ssh/authorized_keys")).toBe("ssh-ed25519 LOGIN\n");
  });

  it("keeps the private key in one file, for root only", () => {
    expect(files.filter((file) => file.content.includes("PRIVATE"))).toEqual([
      { path: "/etc/ssh/ssh_host_ed25519_key", content: "PRIVATE\n", mode: 0o600 },
    ]);
  });
});

describe("identityChanges", () => {
  it("knows the same machine again, whatever its image, limits and key comments", () => {
    const again = { ...SPEC, image: "/cache/newer", cpus: 1, authorizedKey: "ssh-ed25519 LOGIN me@here" };
    expect(identityChanges(recorded(SPEC), again)).toEqual([]);
  });

  it("says what makes it another", () => {
    const other = { ...SPEC, address: "10.213.7.11", hostKey: { ...SPEC.hostKey, publicKey: "ssh-ed25519 X" } };
    expect(identityChanges(recorded(SPEC), other)).toEqual(["another address", "another host key"]);
  });
});

describe("nspawnCommand", () => {
  it("puts no key on the command line", () => {
    const folder = { dir: "/s", state: "", upper: "", work: "", root: "/s/root", containerd: "/s/c", kubelet: "/s/k" };
    const command = nspawnCommand({ host: "ofw-1", spec: recorded(SPEC) }, { ...folder, console: "" }).join(" ");
    expect(command).toContain("--machine=ofw-1 --hostname=node-0");
    expect(command).toContain("--bind=/s/c:/var/lib/containerd --bind=/s/k:/var/lib/kubelet");
    expect(command).not.toMatch(/HOST|LOGIN|PRIVATE/);
  });
});
