import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../process";
import { type ImageSpec, type LayerEntry, type WrittenImage, writeOciArchive } from "../../toolchain/oci";
import type { ProduceContext } from "../../toolchain/store";
import { runInRoot } from "./confined";
import { recipeFile } from "./files";

/** Programs that the images of a node are made from: files on this host, and the versions they are of. */
export interface NodeImageParts {
  /** Kubernetes version without `v`. */
  kubernetes: string;
  /** Folder with kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy and kubeadm. */
  kubernetesBin: string;
  etcd: { version: string; file: string };
  coredns: { version: string; file: string };
  /** A root of the machines' own system: kube-proxy's image takes iptables and nft from it. */
  root: string;
}

/** The sandbox image of the machines' containerd configuration. */
export const SANDBOX_IMAGE = "registry.k8s.io/pause:3.10";

/** Programs that kube-proxy calls, and the names that it calls them by. */
const PROXY_TOOLS: Readonly<Record<string, readonly string[]>> = {
  "/usr/sbin/xtables-nft-multi": [
    "iptables",
    "iptables-save",
    "iptables-restore",
    "ip6tables",
    "ip6tables-save",
    "ip6tables-restore",
  ],
  "/usr/sbin/nft": [],
  "/usr/sbin/conntrack": [],
};

/**
 * Names of the protocols. Without it nft lists `6` for `tcp`, and a kube-proxy that starts over the rules of one before
 * it does not know its own. It deletes them after it has added them again: the services' addresses go dead.
 */
const PROTOCOLS = "/etc/protocols";

/**
 * The names under which kubeadm looks for the images, by the last part of the repository: `etcd`, `coredns`,
 * `pause`, `kube-proxy` and so on.
 */
export function imagesByPart(listing: string): Map<string, string> {
  return new Map(
    listing
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean)
      .map((name) => [/([^/:]+):[^/]*$/.exec(name)?.[1] ?? name, name]),
  );
}

/** The same repository with another tag. */
export function retag(name: string, tag: string): string {
  return name.replace(/:[^:/]*$/, `:${tag}`);
}

/** Absolute paths of the shared libraries and the loader that `ldd` names. */
export function librariesOf(ldd: string): string[] {
  const found = ldd.split("\n").flatMap((line) => /(?:=>\s+)?(\/\S+)\s+\(0x[0-9a-f]+\)\s*$/.exec(line)?.[1] ?? []);
  return [...new Set(found)].sort();
}

/**
 * The images of a node, from binaries. Names are those that this kubeadm asks for, plus the one that tells the
 * true version of a program that differs from it.
 *
 * @param wanted see `imagesByPart`
 * @param pause file of the static pause program
 * @param proxyTools layer with what kube-proxy calls
 * @throws when kubeadm asks for an image that is not known here.
 */
export function nodeImages(
  parts: NodeImageParts,
  wanted: ReadonlyMap<string, string>,
  pause: string,
  proxyTools: readonly LayerEntry[],
): (ImageSpec & { file: string })[] {
  const image = (part: string, own: Omit<ImageSpec, "names">, version: string, tag?: string) => {
    const name = wanted.get(part);
    if (!name) throw new Error(`kubeadm ${parts.kubernetes} names no ${part} image; it names ${[...wanted.values()]}`);
    const names = new Set([name, ...(tag ? [retag(name, tag)] : [])]);
    const annotations = { "org.opencontainers.image.version": version };
    return { file: `${part}.tar`, names: [...names], annotations, ...own };
  };
  const program = (name: string, file: string, path = `/usr/local/bin/${name}`): Omit<ImageSpec, "names"> => ({
    layers: [[{ path, file, mode: 0o755 }, ...SKELETON]],
    entrypoint: [path],
  });
  const kubernetes = (name: string) =>
    image(name, program(name, join(parts.kubernetesBin, name)), `v${parts.kubernetes}`);
  const proxy = kubernetes("kube-proxy");
  return [
    kubernetes("kube-apiserver"),
    kubernetes("kube-controller-manager"),
    kubernetes("kube-scheduler"),
    { ...proxy, layers: [proxyTools, ...proxy.layers] },
    image("etcd", program("etcd", parts.etcd.file), parts.etcd.version, `${parts.etcd.version}-0`),
    image(
      "coredns",
      program("coredns", parts.coredns.file, "/coredns"),
      parts.coredns.version,
      `v${parts.coredns.version}`,
    ),
    image("pause", program("pause", pause, "/pause"), "3.10", SANDBOX_IMAGE.split(":")[1]),
  ];
}

/** What programs expect of any root. */
export const SKELETON: readonly LayerEntry[] = [
  { path: "/etc/passwd", data: "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n" },
  { path: "/etc/group", data: "root:x:0:\nnobody:x:65534:\n" },
  { path: "/tmp", directory: true, mode: 0o1777 },
];

/**
 * Writes one OCI archive for each image into `into`.
 *
 * @param others what machines have beside the images of a node
 * @param scratch folder for intermediate files
 */
export async function writeNodeImages(
  parts: NodeImageParts,
  others: readonly (ImageSpec & { file: string })[],
  into: string,
  scratch: string,
  { log, step, signal }: ProduceContext,
): Promise<WrittenImage[]> {
  mkdirSync(into, { recursive: true });
  const pause = join(scratch, "pause");
  const flags = ["-Os", "-static", "-s", "-Wl,--build-id=none"];
  await run("gcc", [...flags, "-o", pause, recipeFile("pause.c")], { log, signal });
  const listing = await run(
    join(parts.kubernetesBin, "kubeadm"),
    ["config", "images", "list", "--kubernetes-version", `v${parts.kubernetes}`],
    { signal },
  );
  const specs = [
    ...nodeImages(parts, imagesByPart(listing.stdout), pause, await proxyTools(parts.root, signal)),
    ...others,
  ];
  const written: WrittenImage[] = [];
  for (const { file, ...spec } of specs) {
    step.update(`image ${spec.names[0]}`);
    written.push(...(await writeOciArchive([spec], join(into, file))));
  }
  return written;
}

/** Copies programs of the machines' root, with the libraries and modules they load, into a layer. */
export async function proxyTools(root: string, signal?: AbortSignal): Promise<LayerEntry[]> {
  return [
    ...(await programLayer(root, [...Object.keys(PROXY_TOOLS), ...(await extensions(root, signal))], signal)),
    { path: PROTOCOLS, file: join(root, PROTOCOLS) },
    ...Object.entries(PROXY_TOOLS).flatMap(([program, names]) =>
      names.map((name) => ({ path: `/usr/sbin/${name}`, link: program.split("/").at(-1) as string })),
    ),
    { path: "/usr/bin", directory: true },
    { path: "/run", directory: true },
  ];
}

/**
 * Copies programs of a Debian root into a layer, with the libraries that they are linked with.
 *
 * @param programs absolute paths in the root
 */
export async function programLayer(
  root: string,
  programs: readonly string[],
  signal?: AbortSignal,
): Promise<LayerEntry[]> {
  const { stdout } = await runInRoot(root, ["ldd", ...programs], { signal });
  const files = [...new Set([...programs, ...librariesOf(stdout)].map(merged))];
  return [
    ...files.map((path) => ({ path, file: join(root, path), mode: 0o755 })),
    ...["bin", "sbin", "lib", "lib64"].map((name) => ({ path: `/${name}`, link: `usr/${name}` })),
  ];
}

/** iptables' matches and targets: modules that it loads by name. */
async function extensions(root: string, signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await runInRoot(root, ["sh", "-c", "ls /usr/lib/*/xtables/*.so"], { signal });
  return stdout.split("\n").filter(Boolean);
}

/** The real place of a path in a system whose /bin, /sbin, /lib and /lib64 are links into /usr. */
function merged(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib64)\//, "/usr/$1/");
}
