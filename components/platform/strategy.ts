import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../manifests";

/** Name by which OpenFunction and Builds ask for it. */
export const WASM_STRATEGY = "wasmedge";

/** The release that OpenFunction's proposal for WasmEdge asks for. */
export const BUILDAH_IMAGE = "quay.io/containers/buildah:v1.28.0";

export interface StrategyOptions {
  /**
   * True: the step is privileged, as in OpenFunction's own strategy, and needs a namespace for such. False: it has the
   * three capabilities with which buildah 1.28 makes a user namespace of its own, fewer than an ordinary pod, and works
   * on plain files. A node must then let pods make user namespaces: containerd's own seccomp profile forbids it, so it
   * must not be the kubelet's default. Default false.
   */
  privileged?: boolean;
  /** Default `BUILDAH_IMAGE`. */
  image?: string;
}

/** To map every user of the pod into the namespace, root among them. */
const CAPABILITIES = { drop: ["ALL"], add: ["SETFCAP", "SETGID", "SETUID"] };

const script = (): string => readFileSync(join(__dirname, "scripts", "build-and-push.sh"), "utf8");

const list = (name: string, description: string, defaults: readonly string[]): object => ({
  name,
  description,
  type: "array",
  defaults: [...defaults],
});

/** The ClusterBuildStrategy that builds images of WebAssembly functions from a Dockerfile. */
export function wasmStrategy({ privileged = false, image = BUILDAH_IMAGE }: StrategyOptions = {}): KubernetesObject {
  return {
    apiVersion: "shipwright.io/v1alpha1",
    kind: "ClusterBuildStrategy",
    metadata: { name: WASM_STRATEGY },
    spec: {
      parameters: [
        list("build-args", "Values of the Dockerfile's ARGs, each NAME=VALUE.", []),
        list("registries-search", "Registries in which an unqualified image name is looked for.", [
          "docker.io",
          "quay.io",
        ]),
        list("registries-insecure", "Registries without a checked certificate.", []),
        list("registries-block", "Registries from which nothing is pulled.", []),
      ],
      buildSteps: [
        {
          name: "build-and-push",
          image,
          workingDir: "$(params.shp-source-root)",
          securityContext: privileged ? { privileged: true } : { runAsUser: 0, capabilities: CAPABILITIES },
          command: ["/bin/bash"],
          args: ["-c", script(), "build-and-push", ...stepArguments(privileged)],
          resources: { requests: { cpu: "250m", memory: "65Mi" }, limits: { cpu: "1", memory: "2Gi" } },
        },
      ],
    },
  };
}

/** Shipwright puts the values in; a list becomes as many arguments as it has members. */
function stepArguments(privileged: boolean): string[] {
  return [
    ...["--context", "$(params.shp-source-context)", "--dockerfile", "$(build.dockerfile)"],
    ...["--image", "$(params.shp-output-image)"],
    ...(privileged ? [] : ["--storage", "vfs", "--isolation", "chroot"]),
    ...["--digest-file", "$(results.shp-image-digest.path)"],
    ...["--reason-file", "$(results.shp-error-reason.path)", "--message-file", "$(results.shp-error-message.path)"],
    ...["build-args", "registries-search", "registries-insecure", "registries-block"].flatMap((name) => [
      `--${name}`,
      `$(params.${name}[*])`,
    ]),
  ];
}
