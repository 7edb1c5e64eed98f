import { DEFAULTS, type ImageBuildArgs } from "./args";
import { folderProblem } from "./pack";

/** One argument that does not do. */
export interface Mistake {
  propertyPath: string;
  /** What is there, without a password; absent where nothing is. */
  value?: string | number;
  reason: string;
  /** What would do. */
  next: string;
}

/** A Job of this library's own, or Shipwright, which takes branches and names its objects itself. */
export type Builder = "job" | "shipwright";

const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;
const IMAGE = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/;
const ARGUMENT = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** As the strategy's step takes them. */
const REGISTRY = /^[A-Za-z0-9*][A-Za-z0-9.:/_*-]*$/;
const URL_FORM = /^(https?|ssh):\/\/([^/\s@:]+@)?([^/\s@:]+|\[[0-9a-fA-F:]+\])(:\d+)?\/\S+$/;
/** What ssh's own tools write, and Shipwright understands. */
const SSH_FORM = /^[\w.-]+@[\w.-]+:\S+$/;
const PASSWORD = /^(\w+:\/\/)?[^@]*:.*@/;
const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
/** What git lets a tag be called, without what a shell or an option could take for more. */
const TAG = /^(?!.*(\.\.|\/\/|@\{))[A-Za-z0-9][\w./+-]*$/;
const TIMEOUT = { job: 10, shipwright: 1, most: 86_400 };

/** Everything that is wrong with a build's arguments, as far as their values are known. */
export function buildMistakes(args: ImageBuildArgs, builder: Builder = "job"): Mistake[] {
  const { name, image, source, dockerfile, buildArgs = {}, registries = {}, timeoutSeconds } = args;
  return [
    ...(builder === "job"
      ? [
          ...text("name", name, NAME, "is no DNS label of at most 40 characters", "the Job is called by it"),
          ...text("image", image, IMAGE, "is no registry/repository", "give it without a tag, the build makes one"),
        ]
      : []),
    ...wrong("dockerfile", dockerfile, (path) => !inside(path), "leaves the source", "give a path in it"),
    ...Object.keys(buildArgs).flatMap((argument) =>
      text(`buildArgs.${argument}`, argument, ARGUMENT, "is no name of an ARG", "letters, digits and underscores"),
    ),
    ...Object.entries(registries).flatMap(([kind, hosts]) =>
      (Array.isArray(hosts) ? hosts : []).flatMap((host, index) =>
        text(`registries.${kind}[${index}]`, host, REGISTRY, "is no name of a registry", "give its host and port"),
      ),
    ),
    ...timeoutMistakes(timeoutSeconds, builder),
    ...("folder" in source
      ? folderMistakes(source.folder, dockerfile ?? DEFAULTS.dockerfile, builder)
      : gitMistakes(source, builder)),
  ];
}

function timeoutMistakes(seconds: unknown, builder: Builder): Mistake[] {
  if (typeof seconds !== "number") return [];
  const [least, { most }] = [TIMEOUT[builder], TIMEOUT];
  if (Number.isInteger(seconds) && seconds >= least && seconds <= most) return [];
  const reason = `is no whole number from ${least} to ${most}`;
  return [{ propertyPath: "timeoutSeconds", value: seconds, reason, next: "give seconds" }];
}

/** Of a folder on this host; where Shipwright builds there is none, which the caller says. */
function folderMistakes(folder: unknown, dockerfile: unknown, builder: Builder): Mistake[] {
  if (builder !== "job" || typeof folder !== "string") return [];
  const propertyPath = "source.folder";
  if (folder === "") return [{ propertyPath, reason: "is empty", next: "give the folder with the Dockerfile" }];
  if (typeof dockerfile !== "string" || !inside(dockerfile)) return [];
  const problem = folderProblem(folder, dockerfile);
  if (problem === undefined) return [];
  const [reason = problem, ...next] = problem.split("; ");
  return [{ propertyPath, reason, next: next.join("; ") }];
}

type GitArgs = Exclude<ImageBuildArgs["source"], { folder: string }>;

function gitMistakes({ url, revision, credentials, contextDir }: GitArgs, builder: Builder): Mistake[] {
  return [
    ...(typeof url === "string" ? urlMistakes(url, credentials !== undefined, builder) : []),
    ...(builder === "job"
      ? wrong(
          "source.revision",
          revision,
          (name) => !COMMIT.test(name) && !TAG.test(name),
          "is neither a full commit (40 hexadecimal digits) nor the name of a tag",
          "a branch is another source each day",
        )
      : // Without one, it is the branch that the repository calls its own.
        text("source.revision", revision, /^\S*$/, "is no revision", "give a branch, tag or commit")),
    ...wrong(
      "source.contextDir",
      contextDir,
      (path) => !inside(path),
      "leaves the repository",
      "give a folder in it, without ..",
    ),
  ];
}

function urlMistakes(url: string, credentials: boolean, builder: Builder): Mistake[] {
  const value = url.replace(PASSWORD, "$1…@");
  const mistake = (reason: string, next: string): Mistake[] => [{ propertyPath: "source.url", value, reason, next }];
  if (/^(\w+:\/\/)?[^/@]*:[^/@]*@/.test(url))
    return mistake("has a password in it, for all to read", "give credentials, a Secret");
  if (!URL_FORM.test(url) && (builder === "job" || !SSH_FORM.test(url)))
    return mistake("is no address of a repository", "give one that begins with https:// or ssh://");
  if (url.startsWith("http:") && credentials)
    return mistake("would show the password to everyone on the way", "use https:// or ssh://");
  if (url.startsWith("ssh:") && !credentials && builder === "job")
    return [
      {
        propertyPath: "source.credentials",
        reason: "is missing",
        next: "ssh:// needs a Secret with ssh-privatekey and known_hosts",
      },
    ];
  return [];
}

/** Nothing is said of a value that is not known yet. */
function wrong(
  propertyPath: string,
  value: unknown,
  isWrong: (known: string) => boolean,
  reason: string,
  next: string,
): Mistake[] {
  return typeof value === "string" && isWrong(value) ? [{ propertyPath, value, reason, next }] : [];
}

const text = (propertyPath: string, value: unknown, pattern: RegExp, reason: string, next: string): Mistake[] =>
  wrong(propertyPath, value, (known) => !pattern.test(known), reason, next);

const inside = (path: string): boolean => !path.startsWith("/") && !path.split("/").includes("..");
