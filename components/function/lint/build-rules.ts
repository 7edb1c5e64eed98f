import { WASM_STRATEGY } from "../../platform/strategy";
import { LIST_PARAMETERS } from "../build-description";
import type { Rule } from "./rule";

/** Docker Hub's folders that belong to OpenFunction. */
const UPSTREAM = ["openfunction", "openfunctiondev"];

/** Reads what stands before the image's own name: host and folder, as container runtimes do. */
export function repositoryOf(image: string): { host: string; folder: string } {
  const parts = image.split("/");
  const [first = "", ...rest] = parts;
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const folders = (hasHost ? rest : parts).slice(0, -1);
  return { host: hasHost ? first : "docker.io", folder: folders[0] ?? "library" };
}

/** OpenFunction's own strategy declares it, and does nothing with it. */
const TEXT_PARAMETER = "ENV_VARS";

const wasmStrategy = (strategy: unknown): boolean => strategy === undefined || strategy === WASM_STRATEGY;

const dockerfile: Rule = ({ isWasm, build }) => {
  if (!isWasm || build === undefined || !wasmStrategy(build.strategy?.value)) return [];
  const { dockerfile: named, builder } = build;
  if (typeof named?.value === "string" && named.value !== "") return [];
  return [
    {
      path: `${build.path}.dockerfile`,
      value: named?.value,
      reason: `the strategy ${WASM_STRATEGY} builds from a Dockerfile${builder === undefined ? "" : `, and not with the builder ${builder.value}`}`,
      next: 'name it: "Dockerfile"',
    },
  ];
};

const foreignImage: Rule = ({ build, image }) => {
  if (build === undefined || typeof image?.value !== "string") return [];
  const { host, folder } = repositoryOf(image.value);
  const owner =
    host !== "docker.io" ? undefined : folder === "library" ? "Docker" : UPSTREAM.find((one) => one === folder);
  if (owner === undefined) return [];
  return [
    {
      severity: "warning",
      path: image.path,
      value: image.value,
      reason: `the build pushes there, and docker.io/${folder} is ${owner === "Docker" ? "Docker's" : "OpenFunction's"} own`,
      next: "name a repository that you may push to",
    },
  ];
};

const pushCredentials: Rule = ({ source, build, image, hasPushCredentials }) => {
  if (build === undefined || hasPushCredentials || typeof image?.value !== "string") return [];
  if (repositoryOf(image.value).host !== "docker.io") return [];
  return [
    {
      severity: "warning",
      path: source === "arguments" ? "imageCredentials" : "spec.imageCredentials",
      reason: "docker.io takes no image from nobody",
      next: "give a login, or the name of a Secret of type kubernetes.io/dockerconfigjson",
    },
  ];
};

const parameters: Rule = ({ build, source }) => {
  if (build === undefined || !wasmStrategy(build.strategy?.value)) return [];
  const known: readonly string[] = LIST_PARAMETERS;
  return build.parameters.flatMap(({ name, path, value }) => {
    if (name === TEXT_PARAMETER) {
      if (!Array.isArray(value)) return [];
      const reason =
        "OpenFunction's strategy declares one value, so Shipwright refuses a list (WrongParameterValueType)";
      return [{ path, value, reason, next: "leave it out: nothing reads it" }];
    }
    if (!known.includes(name)) {
      return [
        {
          path,
          value: name,
          reason: `the strategy ${WASM_STRATEGY} has no such parameter`,
          next: `it has ${known.join(", ")}`,
        },
      ];
    }
    if (Array.isArray(value)) return [];
    const reason = `the strategy declares a list, so Shipwright refuses the build (WrongParameterValueType)`;
    return [
      {
        path,
        value,
        reason,
        next: source === "v1beta1" ? "v1beta1 has no lists: write it in v1beta2" : "give it values, not a value",
      },
    ];
  });
};

const buildOnly: Rule = ({ lane, build, serving, source }) => {
  if (lane !== "openfunction" || build === undefined || serving !== undefined) return [];
  return [
    {
      severity: "warning",
      path: source === "arguments" ? "serve" : "spec.serving",
      value: source === "arguments" ? false : undefined,
      reason: "the webhook of OpenFunction 1.1.0 and 1.1.1 crashes on a Function that only builds (EOF)",
      next: "use OpenFunction 1.2.0, or serve the function too",
    },
  ];
};

const misconverted: Rule = ({ misconverted: found }) => found;

/** What a build needs beyond what OpenFunction's webhook checks. */
export const buildRules: Readonly<Record<string, Rule>> = {
  dockerfile,
  "foreign-image": foreignImage,
  "push-credentials": pushCredentials,
  parameters,
  "build-only": buildOnly,
  conversion: misconverted,
};
