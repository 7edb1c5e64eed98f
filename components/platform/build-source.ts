import { readFileSync } from "node:fs";
import { join } from "node:path";
import { literal } from "../manifests/literal";
import { SOURCE_ROOT } from "./step";

/** A ConfigMap of the pod's namespace with the source as a tar archive, gzip-compressed, under this key. */
export interface ArchiveSource {
  configMap: string;
  key: string;
}

/** One commit of a git repository. */
export interface GitSource {
  /** `https://…` or `ssh://…`, without a password. */
  url: string;
  /** A full commit, or the name of a tag. */
  revision: string;
  /**
   * A Secret of the pod's namespace: of type `kubernetes.io/basic-auth`, or of type `kubernetes.io/ssh-auth` with the
   * server's host key under `known_hosts` beside it. Default: the repository is public.
   */
  credentials?: string;
  /** An image with git, and ssh for such URLs. Default: the step's own. */
  image?: string;
}

export type BuildSource = ArchiveSource | GitSource;

/** Where the source's archive, or the login to its repository, is in the pod. */
const ARCHIVE_FOLDER = "/workspace/archive";
const LOGIN_FOLDER = "/workspace/login";

/** What brings the source into a build's pod. */
export interface SourceContainer {
  container: object;
  volumes: object[];
}

/**
 * The init container that leaves the source in the folder `SOURCE_ROOT`, a volume named `source`.
 *
 * @param stepImage image of the step, which has tar
 */
export function sourceContainer(source: BuildSource, stepImage: string): SourceContainer {
  return "url" in source ? clone(source, stepImage) : unpack(source, stepImage);
}

function unpack({ configMap, key }: ArchiveSource, image: string): SourceContainer {
  const command = ["tar", "-xzf", `${ARCHIVE_FOLDER}/${key}`, "-C", SOURCE_ROOT, "--no-same-owner"];
  const mount = { name: "archive", mountPath: ARCHIVE_FOLDER, readOnly: true };
  return {
    container: container(image, command, [mount], "128Mi"),
    volumes: [{ name: "archive", configMap: { name: configMap, items: [{ key, path: key }] } }],
  };
}

function clone({ url, revision, credentials, image }: GitSource, stepImage: string): SourceContainer {
  const script = readFileSync(join(__dirname, "scripts", "fetch-source.sh"), "utf8");
  const login = credentials === undefined ? [] : [LOGIN_FOLDER];
  const command = ["/bin/bash", "-c", script, "fetch-source", literal(url), literal(revision), SOURCE_ROOT, ...login];
  const mounts = login.map((mountPath) => ({ name: "login", mountPath, readOnly: true }));
  return {
    container: container(image ?? stepImage, command, mounts, "512Mi"),
    // ssh refuses a key that others may read.
    volumes: login.map(() => ({ name: "login", secret: { secretName: credentials, defaultMode: 0o400 } })),
  };
}

const container = (image: string, command: string[], mounts: object[], memory: string): object => ({
  name: "source",
  image,
  command,
  // What it said last is what `up` shows when it fails.
  terminationMessagePolicy: "FallbackToLogsOnError",
  // The folder is root's, and an archive has an entry for it as often as not.
  securityContext: { runAsUser: 0, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory } },
  volumeMounts: [{ name: "source", mountPath: SOURCE_ROOT }, ...mounts],
});
