import type { ImageSpec } from "../../toolchain/oci";
import { programLayer, SKELETON } from "./node-images";

/** curl with a shell, on every local machine: no such registry exists. Counts up when what is in it changes. */
export const HTTP_CLIENT = "ofwasm.local/http-client:1";

/** curl, the shell, and what a check of a function calls. */
const PROGRAMS = ["curl", "dash", "date", "sleep", "tee"].map((name) => `/usr/bin/${name}`);

/** An image with Debian's curl, for machines that pull none: functions are asked with it from inside the cluster. */
export async function httpClientImage(root: string, signal?: AbortSignal): Promise<ImageSpec> {
  return {
    names: [HTTP_CLIENT],
    layers: [
      [
        ...(await programLayer(root, PROGRAMS, signal)),
        { path: "/usr/bin/sh", link: "dash" },
        // Names are looked up by the C library, which asks nobody without this file.
        { path: "/etc/nsswitch.conf", data: "passwd: files\ngroup: files\nhosts: files dns\n" },
        ...SKELETON,
      ],
    ],
    entrypoint: ["/usr/bin/curl"],
    user: "65532:65532",
  };
}
