import type { BuildSpec, GitFolderSource } from "./args";

/** One argument that does not do. */
export interface Mistake {
  propertyPath: string;
  reason: string;
}

const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;
const IMAGE = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/;
const ARGUMENT = /^[A-Za-z_][A-Za-z0-9_]*$/;
const URL_FORM = /^(https?|ssh):\/\/([^/\s@:]+@)?[^/\s@]+\/\S+$/;
const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
/** What git lets a tag be called, without what a shell or an option could take for more. */
const TAG = /^(?!.*(\.\.|\/\/|@\{))[A-Za-z0-9][\w./+-]*$/;
const TIMEOUT = { least: 10, most: 86_400 };

/** Everything that is wrong with a build's arguments. */
export function buildMistakes(spec: BuildSpec): Mistake[] {
  const { name, image, source, dockerfile = "Dockerfile", buildArgs = {}, timeoutSeconds = TIMEOUT.least } = spec;
  const mistakes: Mistake[] = [];
  const require = (holds: boolean, propertyPath: string, reason: string): void => {
    if (!holds) mistakes.push({ propertyPath, reason });
  };
  require(NAME.test(name), "name", `"${name}" is no DNS label of at most 40 characters; the Job is called by it`);
  require(IMAGE.test(
    image,
  ), "image", `"${image}" is no registry/repository; give it without a tag, the build makes one`);
  require(inside(dockerfile), "dockerfile", `"${dockerfile}" leaves the source; give a path in it`);
  for (const argument of Object.keys(buildArgs))
    require(ARGUMENT.test(argument), `buildArgs.${argument}`, "is no name of an ARG: letters, digits and _");
  require(Number.isInteger(timeoutSeconds) &&
    timeoutSeconds >= TIMEOUT.least &&
    timeoutSeconds <=
      TIMEOUT.most, "timeoutSeconds", `${timeoutSeconds} is no whole number from ${TIMEOUT.least} to ${TIMEOUT.most}`);
  if ("folder" in source)
    require(source.folder !== "", "source.folder", "is empty; give the folder with the Dockerfile");
  else mistakes.push(...gitMistakes(source));
  return mistakes;
}

function gitMistakes({ url, revision, credentials, contextDir = "" }: GitFolderSource): Mistake[] {
  const mistakes: Mistake[] = [];
  const wrong = (part: string, reason: string): void => void mistakes.push({ propertyPath: `source.${part}`, reason });
  if (/:\/\/[^/@]*:[^/@]*@/.test(url))
    wrong("url", "has a password in it, for all to read; give credentials, a Secret");
  else if (!URL_FORM.test(url)) wrong("url", `"${url}" is no https:// or ssh:// address of a repository`);
  else if (url.startsWith("http:") && credentials !== undefined)
    wrong("url", `"${url}" would show the password to everyone on the way; use https:// or ssh://`);
  else if (url.startsWith("ssh:") && credentials === undefined)
    wrong("credentials", "is missing: ssh:// needs a Secret with ssh-privatekey and known_hosts");
  if (!COMMIT.test(revision) && !TAG.test(revision))
    wrong("revision", `"${revision}" is neither a full commit (40 hexadecimal digits) nor the name of a tag`);
  if (!inside(contextDir)) wrong("contextDir", `"${contextDir}" leaves the repository; give a folder in it`);
  return mistakes;
}

const inside = (path: string): boolean => !path.startsWith("/") && !path.split("/").includes("..");
