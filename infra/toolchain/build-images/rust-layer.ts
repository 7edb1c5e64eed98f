import { join } from "node:path";
import { runInRoot } from "../../local/image/confined";
import { programLayer, SKELETON } from "../../local/image/node-images";
import type { LayerEntry } from "../oci";
import { WASM_TARGET } from "../sample/module";
import { filesBelow } from "../store";

/** Programs by the names that builds call them by; each is a link to something of the version that Debian has. */
const LINKED = ["wasm-ld", "cc", "ld"] as const;

const PROGRAMS = ["cargo", "rustc", "dash", "cat", "cp", "ls", "mkdir", "mv", "rm"].map((name) => `/usr/bin/${name}`);

/** The standard library's own test harness: builds run no tests. */
const UNUSED = /\/lib(test|getopts)-/;

/** What a program is linked with besides the libraries that it names; build scripts of crates are such programs. */
const LINK_FILES = [
  "crt1.o Scrt1.o crti.o crtn.o libc.so libc_nonshared.a libm.so libmvec.so.1 libdl.a libpthread.a librt.a libutil.a",
  "crtbegin.o crtbeginS.o crtend.o crtendS.o libgcc.a libgcc_eh.a libgcc_s.so",
]
  .join(" ")
  .split(" ");

/** What compiling Rust for WebAssembly takes of a Debian root, and nothing else of Debian. */
export async function rustLayer(root: string, signal?: AbortSignal): Promise<LayerEntry[]> {
  const linked = await places(root, signal);
  const programs = [...PROGRAMS, ...linked.programs.values(), linked.collect, linked.plugin];
  const layer = await programLayer(root, [...new Set(programs)], signal);
  const there = new Set(layer.map(({ path }) => path));
  const files = [...linked.files, ...filesBelow(join(root, linked.host)), ...filesBelow(join(root, linked.wasm))]
    .map((file) => (file.startsWith(root) ? file.slice(root.length) : file))
    .filter((path) => !UNUSED.test(path) && !there.has(path));
  return [
    ...layer,
    ...[...new Set(files)].map((path) => ({ path, file: join(root, path) })),
    ...[...linked.programs].map(([name, path]) => ({ path: `/usr/bin/${name}`, link: path })),
    { path: "/usr/bin/sh", link: "dash" },
    ...SKELETON,
    { path: "/root", directory: true, mode: 0o700 },
    { path: "/var/tmp", directory: true, mode: 0o1777 },
  ];
}

interface Places {
  /** What each of `LINKED` really is. */
  programs: ReadonlyMap<string, string>;
  /** gcc's own linker, and the plugin that it gives to `ld`. */
  collect: string;
  plugin: string;
  files: readonly string[];
  /** Folders of the standard library for this host and for WebAssembly. */
  host: string;
  wasm: string;
}

/** Where Debian has what it names by version and architecture. */
async function places(root: string, signal?: AbortSignal): Promise<Places> {
  const script = [
    `for name in ${LINKED.join(" ")}; do readlink -f "/usr/bin/$name"; done`,
    "cc -print-prog-name=collect2; cc -print-file-name=liblto_plugin.so; rustc --print target-libdir",
    `for name in ${LINK_FILES.join(" ")}; do readlink -f "$(cc -print-file-name="$name")"; done`,
  ].join("\n");
  const { stdout } = await runInRoot(root, ["sh", "-ec", script], { signal });
  const lines = stdout.trim().split("\n");
  const programs = new Map(LINKED.map((name, index) => [name, lines[index] as string]));
  const [collect = "", plugin = "", host = "", ...files] = lines.slice(LINKED.length);
  const missing = [...programs.values(), collect, plugin, host, ...files].filter((path) => !path.startsWith("/"));
  if (missing.length > 0) throw new Error(`Debian's Rust in ${root} lacks ${missing.join(", ")}`);
  return { programs, collect, plugin, files, host, wasm: host.replace(/[^/]+\/lib$/, `${WASM_TARGET}/lib`) };
}
