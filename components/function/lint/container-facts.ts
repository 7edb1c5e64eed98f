import { FUNCTION_CONTAINER } from "../pod";
import { isLater } from "../values";
import { type ContainerFacts, type Fact, fieldsOf } from "./facts";

type Loose = Record<string, unknown>;

export const asObject = (value: unknown): Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isLater(value) ? (value as Loose) : {};

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Probes that Kubernetes has. */
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];

const HOOKS = ["postStart", "preStop"];

/** What a container of a pod template says. */
export function containerFacts(path: string, value: unknown): ContainerFacts {
  const container = asObject(value);
  const [first] = asList(container.command);
  return {
    path,
    name: container.name,
    isFunction: container.name === FUNCTION_CONTAINER,
    ...(first === undefined ? {} : { command: { path: `${path}.command[0]`, value: first } }),
    execs: [
      ...PROBES.flatMap((name) => execOf("probe", `${path}.${name}`, container[name])),
      ...HOOKS.flatMap((name) => execOf("hook", `${path}.lifecycle.${name}`, asObject(container.lifecycle)[name])),
    ],
    fields: fieldsOf(path, container),
    security: fieldsOf(`${path}.securityContext`, asObject(container.securityContext)),
    variables: asList(container.env).map((one, index) => ({
      path: `${path}.env[${index}].name`,
      value: asObject(one).name,
    })),
    mountPaths: asList(container.volumeMounts).map((one, index) => ({
      path: `${path}.volumeMounts[${index}].mountPath`,
      value: asObject(one).mountPath,
    })),
  };
}

function execOf(of: "probe" | "hook", path: string, value: unknown): (Fact & { of: "probe" | "hook" })[] {
  const { exec } = asObject(value);
  return exec === undefined ? [] : [{ of, path: `${path}.exec`, value: exec }];
}

/** Kind of each volume's source, which is the field beside its name. */
export const volumeFacts = (path: string, volumes: unknown): Fact<string>[] =>
  asList(volumes).flatMap((volume, index) =>
    Object.keys(asObject(volume))
      .filter((kind) => kind !== "name")
      .map((kind) => ({ path: `${path}[${index}].${kind}`, value: kind })),
  );
