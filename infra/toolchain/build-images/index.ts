import type { LayerEntry } from "../oci";
import type { Artifact } from "../store";
import { packageImage } from "./image";

const folder = (path: string, mode?: number): LayerEntry => ({ path, directory: true, ...(mode ? { mode } : {}) });

const COREUTILS = ["cat", "cp", "mkdir", "mktemp", "rm", "sort", "tail", "tee", "tr"];

/** What fetches sources. */
const GIT = ["git", "sed", "ssh"];

/** git's own program for http:// and https://; it goes by both names. */
const GIT_HTTP = "/usr/lib/git-core/git-remote-http";

/**
 * buildah with what the step of the ClusterBuildStrategy calls, and tar and git for the sources: for clusters that do
 * not reach the official image. Named `ofwasm.local/buildah`.
 *
 * Like the official image it keeps its storage on a volume and runs a Dockerfile's commands under chroot.
 */
export const buildahImage = (): Artifact =>
  packageImage({
    name: "buildah-image",
    package: "buildah",
    repository: "ofwasm.local/buildah",
    programs: [
      ...["buildah", "bash", "dash", "grep", "gzip", "tar", ...GIT, ...COREUTILS].map((name) => `/usr/bin/${name}`),
      GIT_HTTP,
    ],
    files: [
      ...["policy.json", "registries.conf"].map((name) => `/etc/containers/${name}`),
      ...["containers.conf", "seccomp.json"].map((name) => `/usr/share/containers/${name}`),
    ],
    entries: [
      ...[folder("/root", 0o700), folder("/run"), folder("/var/tmp", 0o1777), folder("/var/lib/containers")],
      { path: `${GIT_HTTP}s`, link: "git-remote-http" },
    ],
    image: {
      cmd: ["/bin/bash"],
      env: [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "BUILDAH_ISOLATION=chroot",
        // Set but empty: buildah then does not take itself for one that was started in a user namespace of its own.
        "_BUILDAH_STARTED_IN_USERNS=",
      ],
      volumes: ["/var/lib/containers"],
    },
  });

/**
 * Debian's docker-registry, and mkpasswd for its list of passwords: a registry of a stack's own. Named
 * `ofwasm.local/registry`. `components/registry` has the objects that run it.
 */
export const registryImage = (): Artifact =>
  packageImage({
    name: "registry-image",
    package: "docker-registry",
    repository: "ofwasm.local/registry",
    programs: ["docker-registry", "dash", "mkpasswd"].map((name) => `/usr/bin/${name}`),
    files: ["/etc/docker/registry/config.yml"],
    entries: [folder("/run"), folder("/var/lib/docker-registry")],
    image: { entrypoint: ["/usr/bin/docker-registry"], cmd: ["serve", "/etc/docker/registry/config.yml"] },
  });
