import { replicasOf } from "../../report/platform";
import { at, isObject, type Properties, textAt, type Value } from "../../toolchain/plugins/kubernetes/values";
import { certificateDifference, endOfCertificate } from "../certificate";
import type { DeclaredObject, DeclaredStack } from "../declared";
import { type Difference, type Finding, findingsAt } from "../finding";

/** Kinds whose every declared field is compared: few fields decide where and how functions run. */
const COMPARED = ["RuntimeClass", "Node"];

const WORKLOADS = ["Deployment", "DaemonSet", "StatefulSet"];

/** All that differs of one object that the stack declares. */
export function objectFindings(
  { stack, makers }: DeclaredStack,
  declared: DeclaredObject,
  live: Properties | undefined,
  nowMs: number,
): Finding[] {
  if (live === undefined)
    return goesByItself(declared) ? [] : findingsAt(stack, titleOf(declared), [missing(declared)]);
  const differences = [
    ...(COMPARED.includes(declared.kind) ? fieldDifferences(declared.body, live) : []),
    ...(WORKLOADS.includes(declared.kind) ? replicaDifferences(declared, live) : []),
    ...(declared.kind === "Secret" ? certificateDifferences(stack, live, makers, nowMs) : []),
  ];
  return findingsAt(stack, titleOf(declared), differences);
}

/** `Deployment functions/http-server`. */
export const titleOf = ({ kind, namespace, name }: DeclaredObject): string =>
  `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;

/** Kubernetes removes these when their time has come. */
const goesByItself = ({ kind, body }: DeclaredObject): boolean =>
  at(body, "type") === "bootstrap.kubernetes.io/token" ||
  (kind === "Job" && at(body, "spec", "ttlSecondsAfterFinished") !== undefined);

/** What the lack of some kinds means. */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  RuntimeClass: "the API server refuses every pod of a WebAssembly function",
  CustomResourceDefinition: "objects of its kind are gone too, and nothing can be asked for them",
  Namespace: "everything in it is gone too",
  Node: "the machine is not part of the cluster",
};

const missing = ({ kind }: DeclaredObject): Difference => ({
  severity: "error",
  what: "the object",
  expected: "there",
  found: "not there",
  why: CONSEQUENCES[kind] ?? "what uses it does not work, or not after its next start",
});

/** Fields that are declared and differ, by their path. */
function fieldDifferences(declared: Properties, live: Properties): Difference[] {
  return declaredLeaves(declared).flatMap(([path, wanted]) => {
    const found = at(live, ...path);
    if (same(wanted, found)) return [];
    return [
      {
        severity: "error" as const,
        what: path.join("."),
        expected: JSON.stringify(wanted),
        found: found === undefined ? "nothing" : JSON.stringify(found),
        why:
          path[1] === "labels" || path[0] === "scheduling"
            ? "pods of WebAssembly functions are placed by it: they wait, or start where they cannot run"
            : "somebody changed what the stack declares",
      },
    ];
  });
}

function declaredLeaves(value: Value, path: string[] = []): [path: string[], value: Value][] {
  if (!isObject(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => declaredLeaves(item, [...path, key]));
}

const same = (one: Value | undefined, other: Value | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function replicaDifferences({ kind, namespace = "default", name }: DeclaredObject, live: Properties): Difference[] {
  const [wanted, ready] = replicasOf(kind, live);
  if (ready >= wanted) return [];
  return [
    {
      severity: "error",
      what: "ready replicas",
      expected: String(wanted),
      found: String(ready),
      why: "what it serves is not there, or not for as many",
      mend: `kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}   # says why; kubectl rollout restart starts its pods anew`,
    },
  ];
}

/** Of a Secret only what is named like a certificate is read. */
const CERTIFICATE = /\.(crt|pem)$/;

function certificateDifferences(
  stack: string,
  live: Properties,
  makers: DeclaredStack["makers"],
  nowMs: number,
): Difference[] {
  const data = at(live, "data");
  if (!isObject(data)) return [];
  return Object.entries(data).flatMap(([key, value]) => {
    if (!CERTIFICATE.test(key) || typeof value !== "string") return [];
    const pem = Buffer.from(value, "base64").toString();
    const difference = certificateDifference(key, endOfCertificate(pem), nowMs);
    if (difference === undefined) return [];
    const maker = makers.get(pem.trim());
    // One that the stack did not make was put there by a controller, which makes another when it is gone.
    const mend =
      maker === undefined
        ? `kubectl -n ${textAt(live, "metadata", "namespace")} delete secret ${textAt(live, "metadata", "name")}`
        : `npm run up -- --stack ${stack} --replace ${maker}`;
    return [{ ...difference, mend }];
  });
}
