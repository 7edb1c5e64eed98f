import { parse } from "yaml";
import { birthData, MAX_USER_DATA } from "./user-data";

const PAIR = {
  privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
  publicKey: "ssh-ed25519 AAAA",
};
const SETTINGS = { name: "aws-0", hostKey: PAIR, authorizedKey: "ssh-ed25519 BBBB", use: "node" } as const;

describe("birthData", () => {
  it("is a cloud-config that makes the host key known before sshd starts", () => {
    const text = birthData(SETTINGS);
    expect(text.startsWith("#cloud-config\n")).toBe(true);
    expect(parse(text)).toMatchObject({
      hostname: "aws-0",
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: `${PAIR.privateKey}\n`, ed25519_public: PAIR.publicKey },
    });
  });

  it("lets in one user with one key, no password and no root", () => {
    const { users, ...rest } = parse(birthData(SETTINGS));
    expect(rest).toMatchObject({ ssh_pwauth: false, disable_root: true });
    expect(users).toEqual([
      {
        name: "ofwasm",
        shell: "/bin/bash",
        lock_passwd: true,
        ssh_authorized_keys: ["ssh-ed25519 BBBB"],
        sudo: "ALL=(ALL) NOPASSWD:ALL",
      },
    ]);
  });

  it("brings containerd with systemd's cgroups, configured after its package and then restarted", () => {
    const { packages, write_files, runcmd, package_update } = parse(birthData(SETTINGS));
    expect(package_update).toBe(true);
    expect(packages).toContain("containerd");
    expect(write_files).toHaveLength(1);
    expect(write_files[0]).toMatchObject({ path: "/etc/containerd/config.toml", defer: true, permissions: "0644" });
    expect(write_files[0].content).toContain("runtimes.runc.options]\n  SystemdCgroup = true\n");
    expect(runcmd).toEqual([["systemctl", "restart", "containerd"]]);
  });

  it("gives a bastion neither packages nor rights", () => {
    const bastion = parse(birthData({ ...SETTINGS, use: "bastion" }));
    expect(Object.keys(bastion)).not.toContain("packages");
    expect(bastion.users[0]).not.toHaveProperty("sudo");
  });

  it("refuses what EC2 does not take, with the sizes", () => {
    const authorizedKey = `ssh-ed25519 ${"A".repeat(MAX_USER_DATA)}`;
    expect(() => birthData({ ...SETTINGS, authorizedKey })).toThrow(
      /user-data of aws-0: \d+ bytes, and EC2 takes 16384/,
    );
  });
});
