import type { FunctionSpec } from "../args";
import { describeFunction } from "../description";
import { isLater } from "../values";
import { type Check, mistake, when } from "./argument-checks";
import { buildLaneMistakes } from "./direct-build";
import type { Finding } from "./finding";

/** What arguments cannot say in the lane that they name. */
export const laneArguments: Check = (spec) => [
  ...when(spec.serve === false && spec.build === undefined, () =>
    mistake("serve", false, "a build, or a function that is served", "neither built nor served"),
  ),
  ...buildLaneMistakes(spec),
  ...(spec.lane === undefined || spec.lane === "direct" ? [] : knativeLanes(spec)),
  ...when(spec.lane !== "openfunction" && spec.apiVersion !== undefined, () =>
    mistake("apiVersion", spec.apiVersion, 'only the lane "openfunction" has it'),
  ),
  ...(spec.apiVersion === "v1beta1" ? firstVersion(spec) : []),
  // OpenFunction decides itself when it builds: its Function has no place for another reason.
  ...when(spec.lane === "openfunction" && spec.build?.trigger !== undefined, () =>
    mistake("build.trigger", spec.build?.trigger, "another tag of image, which builds again in this lane"),
  ),
  // What is asked and waited for is decided while the program runs.
  ...when(isLater(spec.replicas), () => mistake("replicas", spec.replicas, "a number that the program has now")),
];

function knativeLanes({ lane, replicas, http = {} }: FunctionSpec): Finding[] {
  const { route } = http;
  return [
    ...when(replicas === 0, () =>
      mistake("replicas", 0, "scale: { min: 0 }, which starts pods with requests", "Knative takes 0 for no limit"),
    ),
    ...when(http.service !== undefined, () =>
      mistake("http.service", http.service, 'only the lane "direct" has it: Knative makes its own Services'),
    ),
    ...when(lane === "knative" && typeof route === "object" && (route.gateway ?? route.hostnames) !== undefined, () =>
      mistake("http.route", route, "a path only: Knative routes by its own ingress, under names of its own domain"),
    ),
  ];
}

/** The first version has neither lists among a strategy's parameters nor a timeout that arrives. */
function firstVersion(spec: FunctionSpec): Finding[] {
  const { build } = spec;
  if (build?.source === undefined) return [];
  const lists = Object.entries(describeFunction(spec).build?.params ?? {}).filter(([, value]) => Array.isArray(value));
  return [
    ...lists.map(([name]) => mistake("build", name, 'apiVersion "v1beta2"', "v1beta1 has no lists of parameters")),
    ...when(build.timeoutSeconds !== undefined, () =>
      mistake(
        "build.timeoutSeconds",
        build.timeoutSeconds,
        'apiVersion "v1beta2"',
        "OpenFunction's conversion drops it",
      ),
    ),
  ];
}
