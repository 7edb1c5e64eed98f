import type { FunctionBuild } from "../../components/function";
import type { BuildRegistries } from "../../components/image-build";
import { WASM_STRATEGY } from "../../components/platform/strategy";
import { present, unlessEmpty } from "./fields";
import type { Taken } from "./taken";

interface Parameter {
  name: string;
  value?: string;
  values?: { value?: string }[];
}

/** The argument that says what `spec.build` of a Function says. */
export function buildOf(build: Taken): FunctionBuild {
  const source = build.inside("srcRepo");
  const shipwright = build.inside("shipwright");
  const given = parametersOf(shipwright);
  const timeout = build.text("timeout");
  return present({
    // Without one, what comes out is refused by the linter and by the compiler alike.
    dockerfile: build.text("dockerfile") as string,
    source: present({
      url: source.text("url") ?? "",
      revision: source.text("revision"),
      contextDir: source.text("sourceSubPath"),
      credentials: source.inside("credentials").text("name"),
    }),
    strategy: strategyOf(shipwright.inside("strategy")),
    args: argsOf(given),
    registries: unlessEmpty(
      present<BuildRegistries>({
        search: listOf(given, "registries-search"),
        insecure: listOf(given, "registries-insecure"),
        block: listOf(given, "registries-block"),
      }),
    ),
    timeoutSeconds: timeout === undefined ? undefined : secondsOf(timeout),
    params: unlessEmpty(Object.fromEntries(given)),
  });
}

function strategyOf(strategy: Taken): FunctionBuild["strategy"] {
  const [name, kind] = [strategy.text("name"), strategy.text("kind")];
  if (name === undefined || (name === WASM_STRATEGY && (kind ?? "ClusterBuildStrategy") === "ClusterBuildStrategy"))
    return undefined;
  return present({ name, kind: kind as "ClusterBuildStrategy" | undefined });
}

/** Parameters with plain values; those that come from a ConfigMap or a Secret stay. */
function parametersOf(shipwright: Taken): Map<string, string | string[]> {
  const all = shipwright.take<Parameter[]>("params") ?? [];
  const plain = (one: Parameter): boolean =>
    one.value !== undefined || (one.values?.every(({ value }) => value !== undefined) ?? false);
  const others = all.filter((one) => !plain(one));
  if (others.length > 0) shipwright.putBack("params", others);
  return new Map(
    all
      .filter(plain)
      .map(({ name, value, values }) => [name, value ?? (values ?? []).map((one) => one.value as string)]),
  );
}

/** Takes the parameter out of the others. */
function argsOf(given: Map<string, string | string[]>): Record<string, string> | undefined {
  const list = given.get("build-args");
  if (!Array.isArray(list) || !list.every((one) => /^[A-Za-z_]\w*=/.test(one))) return undefined;
  given.delete("build-args");
  return Object.fromEntries(list.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)]));
}

/** Takes the parameter out of the others. */
function listOf(given: Map<string, string | string[]>, name: string): string[] | undefined {
  const list = given.get(name);
  if (!Array.isArray(list)) return undefined;
  given.delete(name);
  return list;
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Reads `1h2m3s`, as Kubernetes writes durations. */
export function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([text]) => text).join("") !== duration)
    throw new Error(`timeout ${JSON.stringify(duration)} is not a duration such as 10m or 1h30m`);
  return Math.max(
    1,
    Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit!] ?? 0.001), 0)),
  );
}
