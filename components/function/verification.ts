import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { literal } from "../manifests";
import type { FunctionSpec } from "./args";
import { CONTAINER_SECURITY, POD_SECURITY } from "./pod";
import { field, mapped, withoutSecrets } from "./values";
import { type AnyAnswer, type FunctionVerification, VERIFICATION_DEFAULTS } from "./verification-args";

/** Where the container runtime has the file that becomes a container's termination message. */
const TERMINATION_MESSAGE = "/dev/termination-log";

/** Seconds beside the check's own: for the image, and for the pod's start. */
const START_SECONDS = 120;

/** How much longer than its deadline a Job is waited for: the cluster has to notice the end, and to say it. */
const NOTICE_SECONDS = 30;

/** How long a check is waited for; a provider's own ten minutes are less than one may take. */
export const verificationTimeouts = ({
  timeoutSeconds = VERIFICATION_DEFAULTS.timeoutSeconds,
}: FunctionVerification): pulumi.CustomTimeouts => {
  const deadline = `${timeoutSeconds + START_SECONDS + NOTICE_SECONDS}s`;
  return { create: deadline, update: deadline };
};

const script = (): string => readFileSync(join(__dirname, "scripts", "verify.sh"), "utf8");

/**
 * A Job in the function's namespace that asks the function at its address in the cluster, until it answers as it
 * should. Its name carries a hash of what is asked of what: what changed is asked again, and nothing else. Secrets are
 * left out of it: a function whose Secret has another name is asked again, one with another secret in `env` is not.
 *
 * @param address without a path
 * @param checked what another check is needed for when it changes
 * @param pullSecret name of the Secret of the function's own login
 */
export function verificationJob(
  { name, namespace }: Pick<FunctionSpec, "name" | "namespace">,
  check: FunctionVerification & AnyAnswer,
  address: pulumi.Input<string>,
  checked: pulumi.Input<unknown>,
  pullSecret?: pulumi.Input<string>,
): k8s.batch.v1.JobArgs {
  const { path = "/", timeoutSeconds, image, imagePullPolicy, nodeSelector } = { ...VERIFICATION_DEFAULTS, ...check };
  const pulledWith = check.withImageCredentials ? pullSecret : undefined;
  const labels = { "app.kubernetes.io/name": `${name.slice(0, 56)}-verify` };
  const env = {
    VERIFY_URL: mapped(address, (known) => `${known}${path}`),
    VERIFY_SECONDS: String(timeoutSeconds),
    ...field("VERIFY_BODY", check.body),
    ...field("VERIFY_EXPECT", check.expect),
    ...(check.anyStatus ? { VERIFY_ANY: "1" } : {}),
    ...(check.behindGateway ? { VERIFY_GATEWAY: "1" } : {}),
    VERIFY_REASON: TERMINATION_MESSAGE,
  };
  const container: k8s.types.input.core.v1.Container = {
    name: "verify",
    image,
    imagePullPolicy,
    command: ["/bin/sh", "-c", literal(script()), "verify"],
    env: Object.entries(env).map(([variable, value]) => ({ name: variable, value: mapped(value, literal) })),
    terminationMessagePath: TERMINATION_MESSAGE,
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
    securityContext: CONTAINER_SECURITY,
  };
  return {
    metadata: {
      name: jobName(name, [container, checked, ...(nodeSelector === undefined ? [] : [nodeSelector])]),
      namespace,
      labels,
      // One that failed is asked anew by the next run, whether something changed or not.
      annotations: { "pulumi.com/replaceUnready": "true" },
    },
    spec: {
      // It tries for itself, and says why it gave up.
      backoffLimit: 0,
      activeDeadlineSeconds: timeoutSeconds + START_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: "Never",
          containers: [container],
          ...field("nodeSelector", nodeSelector),
          ...(pulledWith === undefined ? {} : { imagePullSecrets: [{ name: pulledWith }] }),
          enableServiceLinks: false,
          automountServiceAccountToken: false,
          securityContext: POD_SECURITY,
        },
      },
    },
  };
}

/** A name is for all to read, and a hash confirms a short secret: of secrets it only has that they are there. */
const jobName = (name: string, checked: unknown): pulumi.Output<string> =>
  pulumi.all([withoutSecrets(checked)]).apply(([known]) => {
    const hash = createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 10);
    return `${name.slice(0, 45)}-verify-${hash}`;
  });
