import type * as pulumi from "@pulumi/pulumi";
import { CONTAINER_SECURITY, type Container, FUNCTION_CONTAINER, type PodTemplate, USER } from "../pod";

/** Fields of a pod that Knative 1.3.2 takes with the flags of this platform; it refuses an object with any other. */
export const KNATIVE_POD_FIELDS = [
  "runtimeClassName",
  "serviceAccountName",
  "containers",
  "volumes",
  "imagePullSecrets",
  "enableServiceLinks",
  "automountServiceAccountToken",
] as const;

export const KNATIVE_CONTAINER_FIELDS = [
  "name",
  "image",
  "imagePullPolicy",
  "command",
  "args",
  "workingDir",
  "env",
  "envFrom",
  "ports",
  "resources",
  "readinessProbe",
  "livenessProbe",
  "volumeMounts",
  "securityContext",
  "terminationMessagePath",
  "terminationMessagePolicy",
] as const;

export const KNATIVE_SECURITY_FIELDS = ["capabilities", "readOnlyRootFilesystem", "runAsUser"] as const;

/** Kinds of volumes that Knative 1.3.2 takes without a flag. */
export const KNATIVE_VOLUME_SOURCES = ["configMap", "secret", "projected"] as const;

/** Variables that Knative sets itself, and refuses from anybody else. */
export const KNATIVE_VARIABLES = ["PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"] as const;

/** What Knative is told of a container's privileges, unless the container says otherwise. */
export const knativeSecurity = (given: object = CONTAINER_SECURITY): object => ({
  ...picked(given, KNATIVE_SECURITY_FIELDS),
  // It takes no securityContext of the whole pod.
  ...("runAsUser" in given ? {} : { runAsUser: USER }),
});

/** What of a pod can be said to Knative. */
export function knativePod({ metadata, spec }: PodTemplate): PodTemplate {
  return {
    metadata,
    spec: { ...picked(spec, KNATIVE_POD_FIELDS), containers: spec.containers.map(knativeContainer) },
  };
}

function knativeContainer(container: Container): Container {
  const { securityContext, env, ...rest } = picked(container, KNATIVE_CONTAINER_FIELDS);
  const own = container.name === FUNCTION_CONTAINER;
  const variables = (env as { name: pulumi.Input<string> }[] | undefined)?.filter(
    ({ name }) => !own || name !== "PORT",
  );
  return {
    ...rest,
    name: container.name,
    ...(variables === undefined || variables.length === 0 ? {} : { env: variables }),
    securityContext: knativeSecurity(securityContext as object | undefined),
  };
}

const picked = <T extends object, K extends string>(from: T, names: readonly K[]): Partial<T> =>
  Object.fromEntries(
    Object.entries(from).filter(([name]) => (names as readonly string[]).includes(name)),
  ) as Partial<T>;
