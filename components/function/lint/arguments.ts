import {
  DEFAULTS,
  FUNCTION_API_VERSIONS,
  type FunctionProbe,
  type FunctionSpec,
  IMAGE_PULL_POLICIES,
  LANES,
  SERVICE_TYPES,
} from "../args";
import { type Check, mistake, number, oneOf, text, when } from "./argument-checks";
import { buildArguments } from "./build-arguments";
import { at } from "./facts";
import type { Finding } from "./finding";
import { laneArguments } from "./lane-arguments";

/** Highest number of seconds that draining may take; longer than any request should. */
const MAX_DRAIN_SECONDS = 300;

const LABEL = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Of an object; Kubernetes refuses longer ones. */
const DNS_NAME = /^(?!.{254})[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const DATA_KEY = /^[-._A-Za-z0-9]+$/;

/** As Kubernetes reads them: a thousand is `k` or `1e3`, and 1024 `Ki`. */
const QUANTITY = /^\+?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

const PATH = /^\/\S*$/;

const names: Check = ({ name, namespace }) => [
  ...text("name", name, LABEL, "1 to 63 lower-case letters, digits and dashes, a letter first and no dash last"),
  ...text("namespace", namespace, NAMESPACE, "1 to 63 lower-case letters, digits and dashes, no dash at the ends"),
];

const content: Check = ({ image, command }) => [
  ...text("image", image, /^\S+$/, "an image reference without spaces"),
  ...when(Array.isArray(command) && command.length === 0, () =>
    mistake("command", command, "name the module in the image, or leave the command out to use the image's own"),
  ),
];

const environment: Check = ({ env = {}, config, secrets }) => [
  ...Object.keys(env).flatMap((key) => [
    ...when(key === "PORT", () => mistake("env.PORT", env[key], 'is set from "http.port"; set that instead')),
    ...when(!VARIABLE.test(key), () => mistake(at("env", key), key, "letters, digits and underscores, no digit first")),
  ]),
  ...Object.entries({ config, secrets }).flatMap(([kind, given]) => [
    ...text(`${kind}.mountPath`, given?.mountPath, PATH, "a folder that begins with /"),
    ...Object.keys(given?.data ?? {}).flatMap((key) =>
      when(!(given?.mountPath === undefined ? VARIABLE : DATA_KEY).test(key) || key === "PORT", () =>
        mistake(at(`${kind}.data`, key), key, "a variable's name, or with mountPath a file's, and not PORT"),
      ),
    ),
  ]),
];

const numbers: Check = ({ http = {}, replicas, scale = {}, drainSeconds }) => [
  ...number("http.port", http.port, 1024, 65535, "; below 1024 needs a privilege that functions do not have"),
  ...number("replicas", replicas, 0, 1000),
  ...number("scale.min", scale.min, 0, 1000),
  ...number("scale.max", scale.max, 1, 1000),
  ...number("scale.concurrency", scale.concurrency, 1, 1000),
  ...number("scale.cpuPercent", scale.cpuPercent, 1, 1000),
  ...number("drainSeconds", drainSeconds, 0, MAX_DRAIN_SECONDS),
  ...number("http.service.port", http.service?.port, 1, 65535),
  ...number("http.service.nodePort", http.service?.nodePort, 1, 65535),
];

const scaling: Check = ({ replicas, scale }) => {
  if (scale === undefined) return [];
  const { min, max } = { ...DEFAULTS.scale, ...scale };
  return [
    ...when(replicas !== undefined, () =>
      mistake("replicas", replicas, "not together with scale, which decides how many"),
    ),
    ...when(min > max, () => mistake("scale.min", min, `at most scale.max, which is ${max}`)),
  ];
};

const exposure: Check = ({ lane, apiVersion, http: { service = {}, route } = {}, imagePullPolicy }) => [
  ...oneOf("lane", lane, LANES),
  ...oneOf("apiVersion", apiVersion, FUNCTION_API_VERSIONS),
  ...oneOf("http.service.type", service.type, SERVICE_TYPES),
  ...oneOf("imagePullPolicy", imagePullPolicy, IMAGE_PULL_POLICIES),
  ...when(service.nodePort !== undefined && service.type !== "NodePort", () =>
    mistake("http.service.nodePort", service.nodePort, 'needs http.service.type "NodePort"'),
  ),
  ...(typeof route === "string"
    ? text("http.route", route, PATH, "a path that begins with /")
    : text("http.route.path", route?.path, PATH, "a path that begins with /")),
];

const probes: Check = ({ probes: given = {} }) =>
  Object.entries(given).flatMap(([name, probe]) => {
    const { path, periodSeconds, timeoutSeconds, failureThreshold, initialDelaySeconds } = (probe ||
      {}) as FunctionProbe;
    return [
      ...text(`probes.${name}.path`, path, PATH, "a path that begins with /"),
      ...number(`probes.${name}.initialDelaySeconds`, initialDelaySeconds, 0, 3600),
      ...number(`probes.${name}.periodSeconds`, periodSeconds, 1, 3600),
      ...number(`probes.${name}.timeoutSeconds`, timeoutSeconds, 1, 3600),
      ...number(`probes.${name}.failureThreshold`, failureThreshold, 1, 100),
    ];
  });

const dapr: Check = ({ dapr: given }) =>
  Object.keys(given?.states ?? {}).flatMap((name) =>
    text(
      at("dapr.states", name),
      name,
      DNS_NAME,
      "a DNS name, as its Component has it: lower-case letters, digits, dashes and dots, at most 253 of them",
    ),
  );

const volumes: Check = ({ volumes: given = [], config, secrets }) => {
  const own = [...(config?.mountPath ? ["config"] : []), ...(secrets?.mountPath ? ["secrets"] : [])];
  return given.flatMap(({ name, mountPath, source }, index) => [
    ...text(`volumes[${index}].name`, name, LABEL, "lower-case letters, digits and dashes, a letter first"),
    ...when([...own, ...given.slice(0, index).map((one) => one.name)].includes(name), () =>
      mistake(`volumes[${index}].name`, name, "is there already; name each volume once"),
    ),
    ...text(`volumes[${index}].mountPath`, mountPath, PATH, "a folder that begins with /"),
    ...when(Object.keys(source).length !== 1, () =>
      mistake(`volumes[${index}].source`, source, "exactly one kind of source, such as { configMap: { name } }"),
    ),
  ]);
};

const resources: Check = ({ resources: given = {} }) =>
  (["requests", "limits"] as const).flatMap((kind) =>
    Object.entries(given[kind] ?? {}).flatMap(([key, value]) =>
      text(`resources.${kind}.${key}`, value, QUANTITY, 'a quantity such as "100m" or "64Mi"'),
    ),
  );

const CHECKS: readonly Check[] = [
  names,
  content,
  environment,
  numbers,
  scaling,
  exposure,
  probes,
  dapr,
  volumes,
  resources,
  buildArguments,
  laneArguments,
];

/** What is wrong with the arguments themselves, as far as their values are known. */
export const argumentFindings = (spec: FunctionSpec): Finding[] => CHECKS.flatMap((check) => check(spec));
