import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ImageBuild } from "../image-build";
import { DEFAULTS, FUNCTION_API_VERSIONS, type FunctionSpec, type Lane } from "./args";
import type { CompanionNames } from "./description";
import { directObjects, functionAutoscaler, functionDeployment, functionService } from "./lanes/direct";
import { directBuild } from "./lanes/direct-build";
import { knativeObjects, knativeService } from "./lanes/knative";
import { openFunction } from "./lanes/openfunction";
import { shipwrightBuild, shipwrightBuildRun } from "./lanes/shipwright";
import type { CustomObject } from "./objects";
import { condition, type Status, succeeded } from "./status";

/** A function as a lane declared it. */
export interface Served {
  /** What a check of the function comes after. */
  objects: pulumi.Resource[];
  /** Another value means another function. */
  checked: pulumi.Input<unknown>;
  /** Address outside the cluster, without a path, where the lane has one. */
  url?: pulumi.Output<string | undefined>;
  /** What is served, or would be. */
  image: pulumi.Output<string>;
  ready: pulumi.Output<boolean>;
}

export interface Serving {
  /** Name of the component. */
  name: string;
  spec: FunctionSpec;
  companions: CompanionNames;
  /** Address of a machine, for a port on it. */
  host?: pulumi.Input<string>;
  /** Whether the lane's objects are waited for. */
  wait: boolean;
  opts: pulumi.CustomResourceOptions;
}

/** An object of a kind that a platform brings, with its live status. */
class LaneObject extends pulumi.CustomResource {
  declare readonly status: pulumi.Output<Status>;

  constructor(name: string, object: CustomObject, opts: pulumi.CustomResourceOptions) {
    super(`kubernetes:${object.apiVersion}:${object.kind}`, name, { ...object, status: undefined }, opts);
  }
}

/** Declares what serves a function, as its lane does. */
export const declareServing = (serving: Serving): Served => DECLARE[serving.spec.lane ?? DEFAULTS.lane](serving);

const DECLARE: Readonly<Record<Lane, (serving: Serving) => Served>> = { direct, knative, openfunction };

function direct(serving: Serving): Served {
  const { name, companions, host } = serving;
  const built = declareImageBuild(serving);
  const image = pulumi.output(built?.image ?? serving.spec.image);
  if (serving.spec.serve === false) return { objects: [], checked: undefined, image, ready: image.apply(() => true) };
  const spec = built === undefined ? serving.spec : { ...serving.spec, image };
  const opts = after(serving.opts, built?.ready);
  const args = functionDeployment(spec, companions);
  const scaled = functionAutoscaler(spec);
  // What an autoscaler counts stays its own.
  const left = scaled === undefined ? opts : { ...opts, ignoreChanges: ["spec.replicas"] };
  const deployment = new k8s.apps.v1.Deployment(`${name}-deployment`, args, left);
  const service = new k8s.core.v1.Service(`${name}-service`, functionService(spec), opts);
  if (scaled !== undefined) new k8s.autoscaling.v2.HorizontalPodAutoscaler(`${name}-autoscaler`, scaled, opts);
  const others = directObjects(spec).map((object) => new LaneObject(objectName(name, object), object, opts));
  const { template } = args.spec as { template: unknown };
  return {
    objects: [deployment, service, ...others],
    checked: template,
    image,
    url: directUrl(spec, service, host),
    ready: pulumi
      .all([deployment.spec.replicas, deployment.status])
      .apply(([wanted, status]) => (status?.readyReplicas ?? 0) >= wanted),
  };
}

/** A machine's port if there is one, else a name under which the gateway's listener on port 80 knows the function. */
function directUrl(
  { http }: FunctionSpec,
  { spec }: k8s.core.v1.Service,
  host: pulumi.Input<string> | undefined,
): pulumi.Output<string | undefined> {
  if (http?.service?.type === "NodePort" && host !== undefined)
    return pulumi.interpolate`http://${host}:${spec.ports[0]!.nodePort}`;
  const route = typeof http?.route === "object" ? http.route : {};
  const name = route.gateway && route.hostnames?.find((one) => !one.startsWith("*"));
  return pulumi.output(name && `http://${name}`);
}

function declareImageBuild({ name, spec, companions, opts }: Serving): ImageBuild | undefined {
  const args = directBuild(spec, companions);
  return args && new ImageBuild(`${name}-build`, args, { parent: opts.parent, dependsOn: opts.dependsOn });
}

function knative(serving: Serving): Served {
  const { name, spec, companions, wait, opts } = serving;
  const built = declareBuild(serving);
  // Without waiting nothing is known of the digest, then or in a preview.
  const image = built === undefined || !wait ? spec.image : builtImage(spec.image, built.done);
  if (spec.serve === false) {
    const ready = built?.done.apply(condition("Succeeded")) ?? pulumi.output(true);
    return { objects: [], checked: undefined, image: pulumi.output(image), ready };
  }
  const stores = knativeObjects(spec).map((object) => new LaneObject(objectName(name, object), object, opts));
  const object = knativeService({ ...spec, image }, companions);
  const service = new LaneObject(`${name}-service`, awaited(object, wait, "condition=Ready"), after(opts, built?.run));
  return {
    objects: [...stores, service],
    checked: object.spec,
    image: pulumi.output(image),
    url: service.status.apply((status) => status?.url as string | undefined),
    ready: service.status.apply(condition("Ready")),
  };
}

/** A run of Shipwright's, and its status, which there is only of one that did not fail. */
interface DeclaredBuild {
  run: LaneObject;
  done: pulumi.Output<Status>;
}

function declareBuild({ name, spec, companions, wait, opts }: Serving): DeclaredBuild | undefined {
  const [build, object] = [shipwrightBuild(spec, companions), shipwrightBuildRun(spec, companions)];
  if (build === undefined || object === undefined) return undefined;
  const declared = new LaneObject(`${name}-build`, awaited(build, wait, "jsonpath={.status.registered}=True"), opts);
  // Its end, not its success: who waits for that waits for a failed one until time is up, in each run anew.
  const ended = awaited(object, wait, "jsonpath={.status.completionTime}");
  const run = new LaneObject(`${name}-build-run`, ended, { ...after(opts, declared), ...buildTimeouts(spec) });
  return { run, done: wait ? run.status.apply((status) => succeeded(spec.name, status)) : run.status };
}

/** Seconds that a controller needs to notice a build's end, and to say it. */
const NOTICE_SECONDS = 30;

/** How long a build is waited for when it says how long it may take, and what comes after it. */
function buildTimeouts({ build }: FunctionSpec, more = NOTICE_SECONDS): pulumi.CustomResourceOptions {
  if (build?.timeoutSeconds === undefined) return {};
  const deadline = `${build.timeoutSeconds + more}s`;
  return { customTimeouts: { create: deadline, update: deadline } };
}

/** What the build pushed, by its digest, once it is known. */
const builtImage = (image: pulumi.Input<string>, done: pulumi.Output<Status>): pulumi.Output<string> =>
  pulumi.all([image, done]).apply(([name, status]) => {
    const digest = (status?.output as { digest?: string } | undefined)?.digest;
    return digest === undefined ? name : `${name.replace(/(:[^:/@]+)?(@.*)?$/, "")}@${digest}`;
  });

/** Seconds in which what was built must serve: what a provider waits for anything. */
const SERVING_SECONDS = 600;

function openfunction({ name, spec, companions, wait, opts }: Serving): Served {
  const object = openFunction(spec, companions);
  const [part, state] = spec.serve === false ? ["build", "Succeeded"] : ["serving", "Running"];
  const made = new LaneObject(
    `${name}-function`,
    awaited(object, wait, `jsonpath={.status.${part}.state}=${state}`),
    // The build is a part of the Function's own way to its state.
    { ...opts, ...buildTimeouts(spec, SERVING_SECONDS), aliases: otherVersions(object) },
  );
  return {
    objects: [made],
    checked: object.spec,
    image: pulumi.all([spec.image, made.status]).apply(([image]) => image),
    url: made.status.apply((status) => {
      const addresses = (status?.addresses ?? []) as { type?: string; value?: string }[];
      return addresses.find(({ type }) => type === "External")?.value?.replace(/\/$/, "");
    }),
    ready: made.status.apply((status) => (status?.[part!] as { state?: string } | undefined)?.state === state),
  };
}

/** The same Function in the other versions of its API: one object, which is changed and not made a second time. */
const otherVersions = ({ apiVersion, kind }: CustomObject): pulumi.Alias[] =>
  FUNCTION_API_VERSIONS.map((version) => `core.openfunction.io/${version}`)
    .filter((version) => version !== apiVersion)
    .map((version) => ({ type: `kubernetes:${version}:${kind}` }));

/** The object with the annotation that says how one sees that it works. */
function awaited(object: CustomObject, wait: boolean, expression: string): CustomObject {
  const how: Record<string, string> = wait ? { "pulumi.com/waitFor": expression } : { "pulumi.com/skipAwait": "true" };
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...how } } };
}

/** Kinds tell a function's objects apart, and names those of one kind. */
const objectName = (name: string, { kind, metadata }: CustomObject): string =>
  `${name}-${kind.toLowerCase()}${metadata.name === name ? "" : `-${metadata.name}`}`;

/** The options with one more resource to come after. */
function after(
  opts: pulumi.CustomResourceOptions,
  resource: pulumi.Resource | undefined,
): pulumi.CustomResourceOptions {
  if (resource === undefined) return opts;
  const others = opts.dependsOn === undefined ? [] : ([opts.dependsOn].flat() as pulumi.Input<pulumi.Resource>[]);
  return { ...opts, dependsOn: [...others, resource] };
}
