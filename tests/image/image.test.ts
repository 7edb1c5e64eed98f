import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localImage } from "../../infra/artifacts";
import { type MachineImage, machineImagePaths } from "../../infra/local/image";
import { runConfined } from "../../infra/local/image/confined";
import { HTTP_CLIENT } from "../../infra/local/image/http-client";
import { run } from "../../infra/process";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { describeOnHost } from "../machine/support";

jest.setTimeout(3_600_000);

/** Assembles LAYER from ROOT and STATE as a machine would, and runs the rest of its arguments there. */
const LAYER = `set -eu
layer=$1 root=$2 state=$3
shift 3
mount -t tmpfs tmpfs "$layer"
cd "$layer"
mkdir upper work machine state-upper state-work
mount -t overlay overlay -o "lowerdir=$root,upperdir=upper,workdir=work" machine
mount -t overlay overlay -o "lowerdir=$state,upperdir=state-upper,workdir=state-work" machine/var/lib/containerd
mount -t proc proc machine/proc
mount --rbind /dev machine/dev
mount --rbind /sys machine/sys
mount -t tmpfs tmpfs machine/run
chroot machine "$@"`;

/** Starts containerd, says what it has, and stops it. */
const LIST_IMAGES = `containerd --log-level fatal &
daemon=$!
tries=0
until ctr version >/dev/null 2>&1 || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
ctr -n k8s.io images check
ctr -n k8s.io images list -q 'labels."io.cri-containerd.pinned"==pinned' | sed 's/^/pinned /'
kill "$daemon"; wait "$daemon"`;

describeOnHost("machine image", () => {
  let image: MachineImage;
  beforeAll(async () => {
    image = machineImagePaths((await ensure(localImage(), { progress: streamProgress() })).path);
  });

  /** Runs a command in a throw-away layer over the image, so that the image stays as it is. */
  const inMachine = async (...command: string[]): Promise<string> => {
    const layer = mkdtempSync(join(tmpdir(), "image-"));
    try {
      const script = ["sh", "-c", LAYER, "sh", layer, image.root, image.containerd];
      const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
      return (await runConfined([...script, ...command], { env, deadlineMs: 60_000 })).stdout;
    } finally {
      rmdirSync(layer);
    }
  };

  test("leaves the runtime component everything to do", async () => {
    const packages = readFileSync(image.packages, "utf8");
    expect(packages).toMatch(/^containerd\t1\./m);
    expect(packages).not.toMatch(/^(crun|libwasmedge)/m);
    await expect(inMachine("sh", "-c", "command -v crun wasmedge || true")).resolves.toBe("");
  });

  test("has nothing that two machines could share by mistake", () => {
    expect(readdirSync(join(image.root, "etc/ssh")).filter((name) => name.startsWith("ssh_host_"))).toEqual([]);
    expect(readFileSync(join(image.root, "etc/machine-id"), "utf8")).toBe("");
    expect(existsSync(join(image.root, "root/.ssh/authorized_keys"))).toBe(false);
  });

  test("its configuration is what its own programs take", async () => {
    const config = await inMachine("containerd", "config", "dump");
    expect(config).toMatch(/sandbox_image = "registry\.k8s\.io\/pause:3\.10"/);
    expect(config).toMatch(/restrict_oom_score_adj = true/);
    expect(config).toMatch(/bin_dir = "\/opt\/cni\/bin"/);
    await inMachine("sh", "-c", "mkdir -p /run/sshd; ssh-keygen -qt ed25519 -N '' -f /key; sshd -t -h /key");
    await inMachine("systemd-analyze", "verify", "--man=no", "machine-prepare.service", "kubelet.service");
    expect(await inMachine("ls", "/opt/cni/bin")).toMatch(/^bridge$/m);
  });

  test("kubelet, kubeadm and kubectl are of one version", async () => {
    const versions = [
      (await inMachine("kubelet", "--version")).trim().replace("Kubernetes ", ""),
      (await inMachine("kubeadm", "version", "-o", "short")).trim(),
      /v[\d.]+/.exec(await inMachine("kubectl", "version", "--client"))?.[0],
    ];
    expect(new Set(versions).size).toBe(1);
  });

  test("has every image that kubeadm asks for, in containerd's store and as an archive", async () => {
    const version = (await inMachine("kubeadm", "version", "-o", "short")).trim();
    const wanted = (await inMachine("kubeadm", "config", "images", "list", "--kubernetes-version", version)).trim();
    const listed = (JSON.parse(readFileSync(image.imageList, "utf8")) as { names: string[] }[]).flatMap((i) => i.names);
    expect(listed).toEqual(expect.arrayContaining(wanted.split("\n")));
    expect(listed).toContain(HTTP_CLIENT);
    expect(readdirSync(image.images)).toHaveLength(wanted.split("\n").length + 1);
    const lines = (await inMachine("sh", "-c", LIST_IMAGES)).split("\n");
    for (const name of listed) {
      expect(lines.find((line) => line.startsWith(`${name} `))).toMatch(/ complete .* true\s*$/);
      expect(lines).toContain(`pinned ${name}`);
    }
  });

  test("kube-proxy's image carries what kube-proxy calls, complete with libraries", async () => {
    const layers = mkdtempSync(join(tmpdir(), "kube-proxy-"));
    try {
      const blobs = join(layers, "oci");
      await run("mkdir", [blobs, join(layers, "root")]);
      await run("tar", ["-xf", join(image.images, "kube-proxy.tar"), "-C", blobs]);
      const { manifests } = JSON.parse(readFileSync(join(blobs, "index.json"), "utf8"));
      const blob = (digest: string): string => join(blobs, "blobs", digest.replace(":", "/"));
      const manifest = JSON.parse(readFileSync(blob(manifests[0].digest), "utf8"));
      for (const layer of manifest.layers) await run("tar", ["-xzf", blob(layer.digest), "-C", join(layers, "root")]);
      const call = async (...command: string[]) =>
        (await runConfined(["chroot", join(layers, "root"), ...command])).stdout;
      expect(await call("/usr/sbin/iptables", "--version")).toMatch(/^iptables v/);
      expect(await call("/usr/sbin/ip6tables-save", "--version")).toMatch(/^ip6tables-save v/);
      expect(await call("/usr/sbin/nft", "--version")).toMatch(/^nftables v/);
      expect(await call("/usr/sbin/conntrack", "--version")).toMatch(/^conntrack v/);
      expect(await call("/usr/local/bin/kube-proxy", "--version")).toMatch(/^Kubernetes v/);
    } finally {
      rmSync(layers, { recursive: true, force: true });
    }
  });
});
