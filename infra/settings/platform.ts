import { isLayer, type Layer, layerGroups, layers, unmetNeeds } from "../../components/platform";
import type { Mistake, Parser } from "./parse";

const GROUPS = layerGroups as Readonly<Record<string, readonly Layer[]>>;

const items = (raw: string): string[] =>
  raw
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** Layers by comma, in the order in which they are made; `groups` may stand for several. */
const layerList =
  (groups: Readonly<Record<string, readonly Layer[]>>, allowed: string): Parser<readonly Layer[]> =>
  (raw) => {
    const named = items(raw);
    if (!named.every((name) => Object.hasOwn(groups, name) || isLayer(name))) return { allowed };
    if (named.includes("none") && named.length > 1) return { allowed };
    const wanted = new Set(
      named.flatMap((name) => (Object.hasOwn(groups, name) ? (groups[name] as readonly Layer[]) : [name as Layer])),
    );
    return { value: layers.filter((layer) => wanted.has(layer)) };
  };

/** Layers that are made, `full` or `build,dapr`. */
export const wantedLayers = layerList(
  GROUPS,
  `${Object.keys(GROUPS).join(", ")}, or layers by comma: ${layers.join(", ")}`,
);

/** Layers that the cluster has from elsewhere. */
export const existingLayers = layerList({}, `nothing, or layers by comma: ${layers.join(", ")}`);

/** A list by comma; empty: none. */
export const listOf =
  (pattern: RegExp, allowed: string): Parser<readonly string[]> =>
  (raw) => {
    const value = items(raw);
    return value.every((item) => pattern.test(item)) ? { value } : { allowed };
  };

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Names of functions, two labels of at most 63 characters each, come before it in at most 253. */
const LONGEST_DOMAIN = 253 - 2 * 64;

/** Domains that mean something already: the cluster's own, and the one that no name ends in. */
const TAKEN = ["cluster.local", "invalid"];

/** A domain that functions can have to themselves. */
export const domain: Parser<string> = (raw) => {
  const labels = raw.split(".");
  const taken = TAKEN.some((one) => raw === one || raw.endsWith(`.${one}`));
  return labels.length > 1 && labels.every((label) => LABEL.test(label)) && raw.length <= LONGEST_DOMAIN && !taken
    ? { value: raw }
    : {
        allowed: `a DNS domain such as ofn.io, of ${LONGEST_DOMAIN} characters at most and not in ${TAKEN.join(" or ")}`,
      };
};

/** What the layers that are made still miss, and what would have two owners. */
export function platformMistakes(platform: readonly Layer[], existing: readonly Layer[]): Mistake[] {
  const twice = platform.filter((layer) => existing.includes(layer));
  return [
    ...unmetNeeds(platform, existing).map(({ layer, needs }) => ({
      key: "platform",
      value: platform.join(","),
      allowed: `layers with ${needs}, which ${layer} needs, or ${needs} in platformExisting where the cluster has it`,
    })),
    ...twice.map((layer) => ({
      key: "platformExisting",
      value: existing.join(","),
      allowed: `layers without ${layer}, which platform makes; name the layers of platform one by one to leave it out`,
    })),
  ];
}
