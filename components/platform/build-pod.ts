import { readFileSync } from "node:fs";
import { join } from "node:path";
import { literal } from "../manifests/literal";
import { type BuildSource, sourceContainer } from "./build-source";
import { RESULTS, SOURCE_ROOT, type StepContainer, type StepValues, stepContainers } from "./step";
import { type StrategyOptions, wasmStrategy } from "./strategy";

/** Where the container runtime of a step without an account of its own has root's home. */
const HOME = "/root";

const TERMINATION_MESSAGE = "/dev/termination-log";

export interface BuildPodArgs extends StepValues {
  /** Of the ClusterBuildStrategy `wasmedge`. */
  strategy?: StrategyOptions;
  source: BuildSource;
  /** A Secret of type `kubernetes.io/dockerconfigjson` in the pod's namespace. Default: pull and push as nobody. */
  credentials?: string;
  /** Seconds after which the pod counts as failed. Default: what makes the pod sees to that. */
  deadlineSeconds?: number;
}

/**
 * A pod that builds and pushes one image by the step of the ClusterBuildStrategy `wasmedge`, as the pod that Shipwright
 * and Tekton make: the same source folder, the same files for results, and registry credentials where Tekton copies
 * them, `$HOME/.docker/config.json`. `buildResults` reads what it came to.
 *
 * Its namespace must allow what the step needs: see `buildNamespace`.
 */
export function buildPodSpec({ strategy, source, credentials, deadlineSeconds, ...values }: BuildPodArgs): object {
  const steps = stepContainers(wasmStrategy(strategy), literalValues(values));
  const [first] = steps;
  if (first === undefined || steps.length > 1) throw new Error(`${steps.length} steps in one pod would run at once`);
  const origin = sourceContainer(source, first.image);
  const empty = (name: string): object => ({ name, emptyDir: {} });
  return {
    restartPolicy: "Never",
    ...(deadlineSeconds === undefined ? {} : { activeDeadlineSeconds: deadlineSeconds }),
    // A shell that is the first process of a container does not hear SIGTERM.
    terminationGracePeriodSeconds: 2,
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    initContainers: [origin.container],
    containers: [container(first, credentials !== undefined)],
    volumes: [
      empty("source"),
      empty("results"),
      ...origin.volumes,
      ...(credentials === undefined
        ? []
        : [
            {
              name: "credentials",
              secret: {
                secretName: credentials,
                defaultMode: 0o400,
                items: [{ key: ".dockerconfigjson", path: "config.json" }],
              },
            },
          ]),
    ],
  };
}

/** The kubelet would take dollar signs in a container's arguments for variables of its own. */
function literalValues({ contextDir, dockerfile, image, parameters = {} }: StepValues): StepValues {
  return {
    image: literal(image),
    ...(contextDir === undefined ? {} : { contextDir: literal(contextDir) }),
    ...(dockerfile === undefined ? {} : { dockerfile: literal(dockerfile) }),
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [
        name,
        typeof value === "string" ? literal(value) : value.map(literal),
      ]),
    ),
  };
}

function container(step: StepContainer, credentials: boolean): object {
  const { command, args, volumeMounts, ...rest } = step;
  const script = readFileSync(join(__dirname, "scripts", "run-step.sh"), "utf8");
  return {
    ...rest,
    name: `step-${step.name}`,
    command: ["/bin/bash"],
    args: ["-c", script, "run-step", RESULTS, TERMINATION_MESSAGE, ...command, ...args],
    terminationMessagePath: TERMINATION_MESSAGE,
    volumeMounts: [
      ...volumeMounts,
      { name: "source", mountPath: SOURCE_ROOT },
      { name: "results", mountPath: RESULTS },
      ...(credentials ? [{ name: "credentials", mountPath: `${HOME}/.docker`, readOnly: true }] : []),
    ],
  };
}

/** What a build told. */
export interface BuildResults {
  /** Digest of the pushed image, `sha256:…`. */
  digest?: string;
  /** Why it failed, in one word; absent where buildah itself failed, which tells its log. */
  reason?: string;
  message?: string;
}

/** Reads the termination message of a build's container. */
export function buildResults(terminationMessage: string): BuildResults {
  const found = new Map(
    terminationMessage.split("\n").flatMap((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()] as const];
    }),
  );
  const [digest, reason, message] = ["shp-image-digest", "shp-error-reason", "shp-error-message"].map(
    (name) => found.get(name) || undefined,
  );
  return { ...(digest ? { digest } : {}), ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}
