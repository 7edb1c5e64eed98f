import { type BuildSource, isFolder, STRATEGY_KINDS } from "../build-args";
import { isLogin } from "../values";
import { type Check, mistake, number, oneOf, text, when } from "./argument-checks";
import { at } from "./facts";
import type { Finding } from "./finding";

const ARGUMENT = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** As the strategy's step takes them. */
const REGISTRY = /^[A-Za-z0-9*][A-Za-z0-9.:/_*-]*$/;

const GIT_URL = /^(https?:\/\/\S+|ssh:\/\/\S+|[\w.-]+@[\w.-]+:\S+)$/;

/** Inside the source: neither from the root nor above it. */
const INSIDE = /^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/;

const repository = ({ url, revision, contextDir, credentials }: BuildSource): Finding[] => [
  ...text("build.source.url", url, GIT_URL, "the URL of a git repository, https:// or ssh://"),
  ...text("build.source.revision", revision, /^\S+$/, "a branch, tag or commit"),
  ...text("build.source.contextDir", contextDir, INSIDE, "a folder of the repository, without .."),
  ...when(isLogin<object>(credentials) && "privateKey" in credentials && /^https?:/.test(url), () =>
    mistake("build.source.credentials", "(private key)", "username and password, for a repository over HTTPS"),
  ),
];

export const buildArguments: Check = ({ build }) => {
  if (build === undefined) return [];
  const { source, args = {}, registries = {}, strategy, timeoutSeconds } = build;
  return [
    ...when(source === undefined, () => mistake("build.source", source, 'a git repository: { url: "https://…" }')),
    ...text("build.dockerfile", build.dockerfile, /^($|(?!\/).+)/, "a path in the source's folder"),
    ...(source === undefined || isFolder(source) ? [] : repository(source)),
    ...Object.keys(args).flatMap((name) =>
      text(at("build.args", name), name, ARGUMENT, "the name of an ARG: letters, digits and underscores"),
    ),
    ...Object.entries(registries).flatMap(([kind, hosts]) =>
      ((hosts ?? []) as string[]).flatMap((host, index) =>
        text(`build.registries.${kind}[${index}]`, host, REGISTRY, "the name of a registry, with its port"),
      ),
    ),
    ...oneOf("build.strategy.kind", strategy?.kind, STRATEGY_KINDS),
    ...number("build.timeoutSeconds", timeoutSeconds, 1, 24 * 3600),
  ];
};
