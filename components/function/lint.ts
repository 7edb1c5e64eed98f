import type { InputPropertyErrorDetails } from "@pulumi/pulumi";
import { VARIANT_ANNOTATION, VARIANTS } from "../wasm-runtime";
import { type FunctionSpec, IMAGE_PULL_POLICIES, SERVICE_TYPES } from "./args";

/** What is wrong with one argument: its path and why, with what would do. */
export type Mistake = InputPropertyErrorDetails;

type Check = (spec: FunctionSpec) => Mistake[];

/** Highest number of seconds that draining may take; longer than any request should. */
const MAX_DRAIN_SECONDS = 300;

const LABEL = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MODULE = /\.(wasm|wat)$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const QUANTITY = /^\d+(\.\d+)?(m|[kKMGTPE]i?)?$/;

const mistake = (propertyPath: string, value: unknown, reason: string): Mistake => ({
  propertyPath,
  reason: `${JSON.stringify(value)}: ${reason}`,
});

/** Nothing is said of a value that is not known yet. */
const when = <T>(known: boolean, make: () => T): T[] => (known ? [make()] : []);

const badText = (value: unknown, pattern: RegExp): value is string => typeof value === "string" && !pattern.test(value);

const badNumber = (value: unknown, from: number, to: number): value is number =>
  typeof value === "number" && !(Number.isInteger(value) && value >= from && value <= to);

const number = (path: string, value: unknown, from: number, to: number, why = ""): Mistake[] =>
  when(badNumber(value, from, to), () => mistake(path, value, `a whole number from ${from} to ${to}${why}`));

const oneOf = (path: string, value: unknown, allowed: readonly string[]): Mistake[] =>
  when(typeof value === "string" && !allowed.includes(value), () =>
    mistake(path, value, `one of ${allowed.join(", ")}`),
  );

const names: Check = ({ name, namespace }) => [
  ...when(badText(name, LABEL), () =>
    mistake("name", name, "1 to 63 lower-case letters, digits and dashes, a letter first and no dash last"),
  ),
  ...when(badText(namespace, NAMESPACE), () =>
    mistake("namespace", namespace, "1 to 63 lower-case letters, digits and dashes, no dash at the ends"),
  ),
];

const content: Check = ({ image, command }) => {
  const [first] = Array.isArray(command) ? command : [];
  return [
    ...when(badText(image, /^\S+$/), () => mistake("image", image, "an image reference without spaces")),
    ...when(Array.isArray(command) && command.length === 0, () =>
      mistake("command", command, "name the module in the image, or leave the command out to use the image's own"),
    ),
    ...when(badText(first, MODULE), () =>
      mistake("command[0]", first, "must end in .wasm or .wat; anything else runs natively and fails to start"),
    ),
  ];
};

const environment: Check = ({ env = {} }) =>
  Object.keys(env).flatMap((key) => [
    ...when(key === "PORT", () => mistake("env.PORT", env[key], 'is set from "port"; set that instead')),
    ...when(!VARIABLE.test(key), () => mistake(`env.${key}`, key, "letters, digits and underscores, no digit first")),
  ]);

const numbers: Check = ({ port, replicas, drainSeconds, service = {} }) => [
  ...number("port", port, 1024, 65535, "; below 1024 needs a privilege that functions do not have"),
  ...number("replicas", replicas, 0, 1000),
  ...number("drainSeconds", drainSeconds, 0, MAX_DRAIN_SECONDS),
  ...number("service.port", service.port, 1, 65535),
  ...number("service.nodePort", service.nodePort, 1, 65535),
];

const exposure: Check = ({ service = {}, imagePullPolicy }) => [
  ...oneOf("service.type", service.type, SERVICE_TYPES),
  ...oneOf("imagePullPolicy", imagePullPolicy, IMAGE_PULL_POLICIES),
  ...when(service.nodePort !== undefined && service.type !== "NodePort", () =>
    mistake("service.nodePort", service.nodePort, 'needs service.type "NodePort"'),
  ),
];

const probe: Check = ({ probe = {} }) => [
  ...when((probe as { exec?: unknown }).exec !== undefined, () =>
    mistake(
      "probe.exec",
      (probe as { exec?: unknown }).exec,
      "a module cannot run commands; give a path, or nothing for TCP",
    ),
  ),
  ...when(badText(probe.path, /^\/\S*$/), () => mistake("probe.path", probe.path, "a path that begins with /")),
];

const variant: Check = ({ annotations = {} }) =>
  oneOf(`annotations["${VARIANT_ANNOTATION}"]`, annotations[VARIANT_ANNOTATION], VARIANTS);

const resources: Check = ({ resources = {} }) =>
  (["requests", "limits"] as const).flatMap((kind) =>
    Object.entries(resources[kind] ?? {}).flatMap(([key, value]) =>
      when(badText(value, QUANTITY), () =>
        mistake(`resources.${kind}.${key}`, value, 'a quantity such as "100m" or "64Mi"'),
      ),
    ),
  );

const CHECKS: readonly Check[] = [names, content, environment, numbers, exposure, probe, variant, resources];

/** Everything that is wrong with a function, as far as its values are known. */
export function lintFunction(spec: FunctionSpec): Mistake[] {
  return CHECKS.flatMap((check) => check(spec));
}
