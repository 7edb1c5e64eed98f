import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import { type MachineImageInputs, machineImage } from ".";
import { missingCertificates } from "./certificates";
import { CONFIG_FILES, recipeFile, unitLinks, writeConfig } from "./files";
import { imagesByPart, librariesOf, nodeImages, retag, SANDBOX_IMAGE } from "./node-images";
import { BASE, BUILD_BASE, debootstrapArguments, debootstrapProgress, MASKED_UNITS } from "./packages";

describe("base", () => {
  test("leaves crun and WasmEdge to the runtime component", () => {
    expect(BASE.packages.filter((name) => /crun|wasm/i.test(name))).toEqual([]);
    expect(BASE.packages).toEqual(expect.arrayContaining(["containerd", "openssh-server", "iptables", "nftables"]));
  });

  test("a machine that compiles crun has every package that the runtime's script asks for", () => {
    const script = readFileSync(join(__dirname, "../../../components/node-runtime/scripts/build.sh"), "utf8");
    const list = /BUILD_NEEDS=\(\n([^)]*)\)/.exec(script)?.[1] ?? "";
    const wanted = [...list.matchAll(/"\S+ (\S+)"/g)].map((need) => need[1]);
    expect(wanted.length).toBeGreaterThan(5);
    expect(BUILD_BASE.packages).toEqual(expect.arrayContaining(wanted));
  });

  test("debootstrap gets the packages in a stable order, and a mirror only when one is given", () => {
    const plan = { suite: "trixie", packages: ["curl", "bash"] };
    const own = ["--variant=minbase", "--cache-dir=/cache", "--include=bash,curl", "trixie", "/root"];
    expect(debootstrapArguments(plan, "/root", "/cache")).toEqual(own);
    expect(debootstrapArguments({ ...plan, mirror: "http://m.example/debian" }, "/root", "/cache")).toEqual([
      ...own,
      "http://m.example/debian",
    ]);
  });

  test("its lines become progress", () => {
    expect(debootstrapProgress("I: Unpacking curl...")).toBe("Unpacking curl");
    expect(debootstrapProgress("W: something odd")).toBeUndefined();
  });
});

describe("configuration", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "root-"));
    writeConfig(root);
    writeConfig(root);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("every file is where the machine looks for it, with its mode", () => {
    for (const { source, target, mode } of CONFIG_FILES) {
      expect(readFileSync(join(root, target), "utf8")).toBe(readFileSync(recipeFile(source), "utf8"));
      expect(statSync(join(root, target)).mode & 0o777).toBe(mode ?? 0o644);
    }
  });

  test("what is masked is masked, and what runs at boot exists", () => {
    for (const unit of MASKED_UNITS) expect(readlinkSync(join(root, "etc/systemd/system", unit))).toBe("/dev/null");
    const wanted = unitLinks().filter(({ path }) => path.includes(".wants/"));
    expect(wanted).toHaveLength(2);
    for (const { path, target } of wanted) {
      expect(lstatSync(join(root, path)).isSymbolicLink()).toBe(true);
      expect(existsSync(join(root, target))).toBe(true);
    }
    expect(MASKED_UNITS).not.toContain("ssh.service");
  });

  test("a unit that is started on demand is neither masked nor started at boot", () => {
    const wants = join(root, "usr/lib/systemd/system/multi-user.target.wants");
    mkdirSync(wants);
    symlinkSync("../systemd-logind.service", join(wants, "systemd-logind.service"));
    writeConfig(root);
    expect(readdirSync(wants)).toEqual([]);
    expect(MASKED_UNITS).not.toContain("systemd-logind.service");
  });

  test("containerd's file is schema 2, names the sandbox image that is imported, and has no crun", () => {
    const config = parse(readFileSync(recipeFile("containerd-config.toml"), "utf8"));
    expect(config).toEqual({
      version: 2,
      plugins: {
        "io.containerd.grpc.v1.cri": {
          sandbox_image: SANDBOX_IMAGE,
          restrict_oom_score_adj: true,
          cni: { bin_dir: "/opt/cni/bin", conf_dir: "/etc/cni/net.d" },
          registry: { config_path: "/etc/containerd/certs.d" },
          containerd: {
            snapshotter: "overlayfs",
            default_runtime_name: "runc",
            runtimes: { runc: { runtime_type: "io.containerd.runc.v2", options: { SystemdCgroup: false } } },
          },
        },
      },
    });
  });
});

describe("certificates", () => {
  const make = (name: string, days: number): string => {
    const dir = mkdtempSync(join(tmpdir(), "ca-"));
    const [key, certificate] = [join(dir, "key"), join(dir, "crt")];
    const subject = ["-subj", `/CN=${name}`, "-days", String(days)];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", certificate, ...subject], {
      stdio: "ignore",
    });
    const pem = readFileSync(certificate, "utf8");
    rmSync(dir, { recursive: true });
    return pem;
  };

  test("only what is missing, valid and a certificate is added, once", () => {
    const [known, site] = [make("known", 10), make("site", 10)];
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const added = missingCertificates(`# comment\n${known}${site}${broken}${site}`, known);
    expect(added.map(({ pem }) => pem.trim())).toEqual([site.trim()]);
    expect(added[0]!.name).toMatch(/^host-[0-9a-f]{16}\.crt$/);
    const later = new Date(Date.now() + 11 * 24 * 3600 * 1000);
    expect(missingCertificates(site, known, later)).toEqual([]);
  });
});

describe("node images", () => {
  const listing = [
    "registry.k8s.io/kube-apiserver:v1.34.4",
    "registry.k8s.io/kube-controller-manager:v1.34.4",
    "registry.k8s.io/kube-scheduler:v1.34.4",
    "registry.k8s.io/kube-proxy:v1.34.4",
    "registry.k8s.io/coredns/coredns:v1.12.1",
    "registry.k8s.io/pause:3.10.1",
    "registry.k8s.io/etcd:3.6.5-0",
  ];
  const parts = {
    kubernetes: "1.34.4",
    kubernetesBin: "/k",
    etcd: { version: "3.6.13", file: "/e" },
    coredns: { version: "1.12.1", file: "/c" },
    root: "/r",
  };

  test("are named as kubeadm names them, and by their true version where that differs", () => {
    const images = nodeImages(parts, imagesByPart(`${listing.join("\n")}\n`), "/pause", []);
    const names = images.flatMap((image) => image.names);
    expect([...names].sort()).toEqual([...listing, SANDBOX_IMAGE, "registry.k8s.io/etcd:3.6.13-0"].sort());
    expect(images.find(({ file }) => file === "etcd.tar")!.annotations).toEqual({
      "org.opencontainers.image.version": "3.6.13",
    });
    expect(new Set(images.map(({ file }) => file)).size).toBe(images.length);
  });

  test("a kubeadm that wants something else is refused with what it wants", () => {
    expect(() => nodeImages(parts, imagesByPart("r.example/other:1"), "/pause", [])).toThrow(
      /names no kube-proxy image; it names r.example\/other:1/,
    );
  });

  test("tags are replaced, ports are not", () => {
    expect(retag("r.example:5000/a/b:1", "2")).toBe("r.example:5000/a/b:2");
  });

  test("libraries are read from what ldd prints", () => {
    const output = `/usr/sbin/nft:
\tlinux-vdso.so.1 (0x00007ffd)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f01)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f02)
/usr/sbin/conntrack:
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f01)
`;
    expect(librariesOf(output)).toEqual(["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]);
  });
});

describe("key", () => {
  const binary = (name: string, version: string) => ({
    version,
    artifact: { name, title: name, inputs: [version], produce: () => Promise.reject(new Error("not in this test")) },
  });
  const inputs = (change: Partial<MachineImageInputs> = {}): MachineImageInputs => ({
    kubernetes: binary("kubernetes", "1.34.4"),
    etcd: binary("etcd", "3.6.13"),
    coredns: binary("coredns", "1.12.1"),
    certificates: "",
    ...change,
  });
  const key = (change?: Partial<MachineImageInputs>): string => JSON.stringify(machineImage(inputs(change)).inputs);

  test("is the same for the same inputs and another for a new version, package or certificate", () => {
    const changes: Partial<MachineImageInputs>[] = [
      { kubernetes: binary("kubernetes", "1.34.5") },
      { etcd: binary("etcd", "3.6.14") },
      { base: { ...BASE, packages: [...BASE.packages, "vim"] } },
      { certificates: "another" },
    ];
    expect(key()).toBe(key());
    expect(new Set([key(), ...changes.map(key)]).size).toBe(changes.length + 1);
  });
});
