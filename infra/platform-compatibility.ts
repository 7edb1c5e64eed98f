import type { Layer } from "../components/platform";
import type { Combination, Rule } from "./compatibility";
import { compareVersions } from "./toolchain/installed";

/** Parts of the platform that a combination may name by version, when the stack makes them. */
export type PlatformPart =
  | "tekton"
  | "shipwright"
  | "buildah"
  | "contour"
  | "envoy"
  | "knative"
  | "dapr"
  | "keda"
  | "openfunction";

/** One part at the version that is installed, and what is known of it. */
export interface PlatformRow {
  part: PlatformPart;
  layer: Layer;
  version: string;
  /** Versions of Kubernetes that the project itself ran it on. */
  testedOn: string;
  /** Where that is said. */
  source: string;
  /** What of it was run here, and on which Kubernetes. */
  runHere: string;
}

/** What ran was compiled from the source of the version by hand; no published image was ever pulled here. */
const BUILT = "1.34.4, compiled from source by hand:";

/** The platform at the versions that OpenFunction 1.2.0 bundles. By their sources none uses an API that 1.34 lacks. */
export const platformMatrix: readonly PlatformRow[] = [
  {
    part: "tekton",
    layer: "tekton",
    version: "0.37.2",
    testedOn: ">= 1.21",
    source: "its README of 0.37",
    runHere: `${BUILT} its controller ran TaskRuns, its webhook refused a wrong Task and gave another as v1alpha1`,
  },
  {
    part: "shipwright",
    layer: "shipwright",
    version: "0.10.0",
    testedOn: "1.21, 1.22, with Tekton 0.30 to 0.35",
    source: "its README of 0.10.0",
    runHere: `${BUILT} a BuildRun of the strategy wasmedge pushed an image; sources by LocalCopy only`,
  },
  {
    part: "buildah",
    layer: "buildStrategy",
    version: "1.28.0",
    testedOn: "any: it runs in a pod",
    source: "the strategy of OpenFunction's proposal for WasmEdge",
    runHere: "1.34.4: the strategy's step as a pod, with Debian's 1.28.2",
  },
  {
    part: "contour",
    layer: "contour",
    version: "1.23.3",
    testedOn: "1.23 to 1.25",
    source: "its compatibility matrix",
    runHere: `${BUILT} it served HTTPProxies and HTTPRoutes, with Envoy 1.40.0`,
  },
  {
    part: "envoy",
    layer: "contour",
    version: "1.24.2",
    testedOn: "any: it asks Contour only",
    source: "the release notes of Contour 1.23.3, which name this version",
    runHere: "no: 1.40.0 stood in for it, where Contour 1.23.3 is not made for that version",
  },
  {
    part: "knative",
    layer: "knative",
    version: "1.3.2",
    testedOn: ">= 1.21",
    source: "the oldest version that its programs start on",
    runHere: `${BUILT} a Service under openfunction-crun answered, went to zero and came back`,
  },
  {
    part: "dapr",
    layer: "dapr",
    version: "1.11.3",
    testedOn: "the newest minor version of its day and the two before it",
    source: "its support policy",
    runHere: `${BUILT} its control plane became ready and put sidecars into pods; no sidecar ran`,
  },
  {
    part: "keda",
    layer: "keda",
    version: "2.11.2",
    testedOn: ">= 1.23",
    source: "what its chart asks for",
    runHere: `${BUILT} a ScaledObject raised replicas by cron, its external metrics API was Available`,
  },
  {
    part: "openfunction",
    layer: "openfunction",
    version: "1.2.0",
    testedOn: "1.23 to 1.26",
    source: "its compatibility matrix",
    runHere: `${BUILT} a Function became Running and answered through its Gateway`,
  },
];

/** Members of a combination for the layers that are made. */
export const platformCombination = (layers: readonly Layer[]): Combination =>
  Object.fromEntries(
    platformMatrix.filter(({ layer }) => layers.includes(layer)).map(({ part, version }) => [part, version]),
  );

const older = (version: string | undefined, than: string): boolean =>
  version !== undefined && compareVersions(version, than) < 0;

/** A known hole, until the version that mends it. */
const hole = (what: PlatformPart, mended: string, reason: string): Rule => ({
  severity: "warn",
  what,
  applies: (combination) => older(combination[what], mended),
  reason: `${reason}. OpenFunction 1.2.0 comes with this version; a newer one was not run with it`,
  nearestGood: mended,
});

/** Holes that are published as high or that concern what runs here: users' Dockerfiles, modules and requests. */
export const platformRules: readonly Rule[] = [
  hole(
    "buildah",
    "1.37.6",
    "a Dockerfile can leave a privileged build (CVE-2024-1753, CVE-2024-9675, CVE-2024-11218); leave privilegedBuilds " +
      "off, and build nothing that you do not trust",
  ),
  hole(
    "envoy",
    "1.24.11",
    "requests can use up its memory or bring it to a halt (CVE-2023-44487 and others), and 1.24 is no longer mended",
  ),
  hole("contour", "1.33.5", "who may write HTTPProxies can run Lua in Envoy (CVE-2026-41246)"),
  hole("dapr", "1.16.12", "access policies of service invocation can be passed by (CVE-2026-41491)"),
  hole("keda", "2.20.0", "who may write TriggerAuthentications can read files of its pod (CVE-2025-68476)"),
  hole("knative", "1.11.3", "a function can bring the autoscaler to a halt (CVE-2023-48713)"),
];
