import { at, objectsAt, type Properties, textAt } from "../../toolchain/plugins/kubernetes/values";
import { type Difference, type Finding, findingsAt } from "../finding";
import type { ObservedCluster } from "./facts";

/** What is wrong with the cluster itself, whoever made the objects. */
export function healthFindings(stack: string, observed: ObservedCluster): Finding[] {
  const { nodes = [], apiServices = [], webhooks = [], endpointSlices, pods = [] } = observed;
  return [
    ...nodes.flatMap((node) => findingsAt(stack, `Node ${nameOf(node)}`, nodeDifferences(node))),
    ...apiServices.flatMap((one) => findingsAt(stack, `APIService ${nameOf(one)}`, apiServiceDifferences(one))),
    ...(endpointSlices === undefined
      ? []
      : webhooks.flatMap((one) =>
          findingsAt(stack, titleOf(one), webhookDifferences(one, servicesWithEndpoints(endpointSlices))),
        )),
    ...pods.flatMap((pod) => findingsAt(stack, `Pod ${namespaceOf(pod)}/${nameOf(pod)}`, imageDifferences(pod))),
    ...observed.forbidden.flatMap((list) => findingsAt(stack, "the cluster", [unasked(list)])),
  ];
}

const nameOf = (item: Properties): string => textAt(item, "metadata", "name") ?? "";

const namespaceOf = (item: Properties): string => textAt(item, "metadata", "namespace") ?? "";

/** Items of a list do not say their kind; validating and mutating ones are told apart by nothing that matters here. */
const titleOf = (item: Properties): string => `webhook configuration ${nameOf(item)}`;

const condition = (item: Properties, type: string): Properties | undefined =>
  objectsAt(item, "status", "conditions").find((one) => one.type === type);

function nodeDifferences(node: Properties): Difference[] {
  const differences: Difference[] = [];
  const ready = condition(node, "Ready");
  if (ready?.status !== "True") {
    differences.push({
      severity: "error",
      what: "state",
      expected: "Ready",
      found: textAt(ready, "message") ?? textAt(ready, "reason") ?? "unknown",
      why: "its pods are not served, and go elsewhere where they can",
    });
  }
  if (at(node, "spec", "unschedulable") === true) {
    differences.push({
      severity: "warning",
      what: "scheduling",
      expected: "open",
      found: "cordoned",
      why: "no pod is put there: functions have fewer machines than the stack counts",
      mend: `kubectl uncordon ${nameOf(node)}`,
    });
  }
  return differences;
}

function apiServiceDifferences(service: Properties): Difference[] {
  const available = condition(service, "Available");
  if (available === undefined || available.status === "True") return [];
  const namespace = textAt(service, "spec", "service", "namespace") ?? "";
  return [
    {
      severity: "error",
      what: "state",
      expected: "Available",
      found: textAt(available, "message") ?? "not available",
      why: "its kinds cannot be asked for, and namespaces cannot be deleted as long as that is so",
      mend: `kubectl -n ${namespace} get pods,endpointslices   # what serves it does not run`,
    },
  ];
}

/** `namespace/name` of each service that has something ready behind it. */
function servicesWithEndpoints(slices: readonly Properties[]): Set<string> {
  const ready = slices.filter((slice) =>
    objectsAt(slice, "endpoints").some((endpoint) => at(endpoint, "conditions", "ready") !== false),
  );
  const service = (slice: Properties): string | undefined =>
    textAt(slice, "metadata", "labels", "kubernetes.io/service-name");
  return new Set(ready.map((slice) => `${namespaceOf(slice)}/${service(slice)}`));
}

function webhookDifferences(configuration: Properties, served: ReadonlySet<string>): Difference[] {
  return objectsAt(configuration, "webhooks").flatMap((hook) => {
    const namespace = textAt(hook, "clientConfig", "service", "namespace");
    const service = textAt(hook, "clientConfig", "service", "name");
    if (namespace === undefined || service === undefined || served.has(`${namespace}/${service}`)) return [];
    const strict = textAt(hook, "failurePolicy") !== "Ignore";
    return [
      {
        severity: strict ? ("error" as const) : ("warning" as const),
        what: `webhook ${textAt(hook, "name")}`,
        expected: `something ready behind Service ${namespace}/${service}`,
        found: "nothing",
        why: strict
          ? "the API server refuses every object that it is to judge"
          : "what it is to judge or complete is let through as it is",
        mend: `kubectl -n ${namespace} get pods,endpointslices   # what answers it does not run`,
      },
    ];
  });
}

/** Why a container waits when its image cannot be had. */
const NO_IMAGE = ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"];

/** Images that are on the machines because the stack brought them there: bringing them again is the program's work. */
const BROUGHT = /^ofwasm\.local\//;

function imageDifferences(pod: Properties): Difference[] {
  const statuses = ["initContainerStatuses", "containerStatuses"].flatMap((key) => objectsAt(pod, "status", key));
  return statuses.flatMap((status) => {
    const reason = textAt(status, "state", "waiting", "reason") ?? "";
    if (!NO_IMAGE.includes(reason)) return [];
    const image = textAt(status, "image") ?? "";
    return [
      {
        severity: "error" as const,
        what: `image of container ${textAt(status, "name")}`,
        expected: image,
        found: [reason, textAt(status, "state", "waiting", "message") ?? ""].filter(Boolean).join(": "),
        why: "the container does not start; others with the same image will not either",
        ...(BROUGHT.test(image) ? {} : { mend: imageCommand(pod, image) }),
      },
    ];
  });
}

const imageCommand = (pod: Properties, image: string): string =>
  `/opt/ofwasm/runtime/current/bin/crictl pull ${image}   # on Node ${textAt(pod, "spec", "nodeName")}: says why; settings imageRegistry and registryUsername are for it`;

const unasked = (list: string): Difference => ({
  severity: "warning",
  what: `list of ${list}`,
  expected: "an answer",
  found: "forbidden to the kubeconfig's user",
  why: "nothing of it was looked at",
  mend: `kubectl auth can-i list ${list.toLowerCase()} --all-namespaces   # use credentials that may`,
});
