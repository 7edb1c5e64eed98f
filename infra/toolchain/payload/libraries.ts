import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { runInRoot } from "../../local/image/confined";
import { glibcNeeded, librariesOf, type PayloadFile } from "./contents";
import type { PayloadManifest } from "./manifest";
import { BUILD } from "./parts";

/** Parts of the C library, its loader included. */
const C_LIBRARY = /^(ld-linux|lib(c|dl|m|pthread|resolv|rt)\.)/;

export const isCLibrary = (name: string): boolean => C_LIBRARY.test(name);

/** Where the builder's root has the WasmEdge library to ship. */
const OWN = `/${BUILD}/wasmedge`;

/**
 * WasmEdge's library with all that it loads, by name below `lib/`.
 *
 * @param crun path of crun in the root, when its libraries are wanted too; its loader need not be there yet
 */
export async function runtimeLibraries(root: string, crun?: string): Promise<PayloadFile[]> {
  const plain = `/${BUILD}/crun.plain`;
  // The builder's own loader stands in for the one of the generation.
  const standIn = `cp ${crun} ${plain}; patchelf --set-interpreter "$(patchelf --print-interpreter /usr/bin/env)" --remove-rpath ${plain}; `;
  const script = `${crun ? standIn : ""}ldd ${crun ? plain : ""} ${OWN}/libwasmedge.so.0`;
  const { stdout } = await runInRoot(root, ["sh", "-c", script], { env: { LD_LIBRARY_PATH: OWN } });
  const found = librariesOf(stdout);
  found.set("libwasmedge.so.0", `${OWN}/libwasmedge.so.0`);
  return [...found].map(([name, path]) => ({
    path: `lib/${name}`,
    data: readFileSync(join(root, path)),
    mode: name.startsWith("ld-linux") ? 0o755 : 0o644,
  }));
}

/** The builder's C library, and the oldest that the libraries, and crun where it is given, would run with. */
export async function glibcVersions(
  root: string,
  libraries: readonly PayloadFile[],
  crun = "",
): Promise<PayloadManifest["glibc"]> {
  const folder = join(root, BUILD, "measured");
  mkdirSync(folder);
  for (const { path, data } of libraries)
    if (!isCLibrary(basename(path))) writeFileSync(join(folder, basename(path)), data);
  const script = `objdump -T ${crun} /${BUILD}/measured/*; ldd --version`;
  const { stdout } = await runInRoot(root, ["sh", "-c", script]);
  const bundled = /^ldd .* (\d+\.\d+)$/m.exec(stdout)?.[1] ?? "unknown";
  return { bundled, needed: glibcNeeded(stdout) };
}
