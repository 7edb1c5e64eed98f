import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { VARIANT_ANNOTATION } from "../wasm-runtime/names";
import { DEFAULTS, type FunctionSpec } from "./args";
import { checkedVariant, requireClean } from "./checked";
import { declareCompanions } from "./companions";
import { describeFunction } from "./description";
import { findingText, lintFunction } from "./lint";
import { declareServing } from "./serving";
import { mapped } from "./values";
import { verificationJob, verificationTimeouts } from "./verification";
import { anyAnswer, argumentProblems, type FunctionVerification } from "./verification-args";

export interface WasmFunctionArgs extends Omit<FunctionSpec, "name"> {
  /** Default: the component's name. */
  name?: string;
  /**
   * Address of a machine, for the URL of a function with `http.service.type: "NodePort"`.
   * Default: the URL is the one inside the cluster.
   */
  host?: pulumi.Input<string>;
  /**
   * A question that the function must answer from inside the cluster, or the run fails; false: none. Default: a GET of
   * its route, to which any answer but a failure of the server (500 and above) will do; in the lanes `knative` and
   * `openfunction` not a 404 either, which their gateway gives too.
   */
  verify?: FunctionVerification | false;
  /**
   * Whether the objects of the lanes `knative` and `openfunction` must work before the run goes on. False for a
   * cluster whose controllers do not run yet. Default true.
   */
  wait?: boolean;
}

/** A WebAssembly function: built, if it is to be, and served over HTTP. */
export class WasmFunction extends pulumi.ComponentResource {
  /** Where it answers inside the cluster, without a path: `http://…`. With `serve: false`, where it would. */
  readonly address: pulumi.Output<string>;
  /**
   * Where it answers, as far outside as its lane reaches, with the path of its route: in the lane `direct` on a
   * machine's port, or under the route's first hostname, if there is a gateway. Else as `address`.
   */
  readonly url: pulumi.Output<string>;
  /**
   * The image by the tag or digest that its build gave it, once it is pushed. Without a build, and in the lane
   * `openfunction`, whose controller follows what it built itself: the given one.
   */
  readonly image: pulumi.Output<string>;
  /** Whether it serves: as many pods as asked for, or what the lane's controller says. With `serve: false`, built. */
  readonly ready: pulumi.Output<boolean>;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: WasmFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    const { host, verify, wait = true, ...rest } = args;
    const spec: FunctionSpec = { ...rest, name: args.name ?? name };
    requireClean(spec, argumentProblems(verify, spec.serve ?? true));
    const { lane = DEFAULTS.lane, namespace, image } = spec;
    // Not the rest: a login among it would lie open in the state.
    super("ofwasm:index:WasmFunction", name, { lane, namespace, image }, opts);
    for (const finding of lintFunction(spec).filter(({ severity }) => severity === "warning"))
      pulumi.log.warn(`function "${spec.name}": ${finding.path}: ${findingText(finding)}`, this);

    // What the caller names comes before the pods, also when it is taken away again.
    const child = { parent: this, dependsOn: opts?.dependsOn };
    const companions = declareCompanions(name, spec, child);
    const late = { ...spec, annotations: { ...spec.annotations, [VARIANT_ANNOTATION]: checkedVariant(spec) } };
    const served = declareServing({ name, spec: late, companions: companions.names, host, wait, opts: child });
    const address = inCluster(spec);
    this.ready = served.ready;
    this.image = served.image;
    this.address = pulumi.all([address, served.ready]).apply(([known]) => known);
    this.url = pulumi.all([this.address, served.url]).apply(([inside, outside]) => `${outside ?? inside}${path(spec)}`);

    const question = answers(spec) && (verify ?? (wait && anyAnswer(lane)));
    if (question) {
      const check = { path: path(spec) || "/", ...question };
      const { pullSecret } = describeFunction(spec, companions.names);
      const job = verificationJob(spec, check, address, served.checked, pullSecret);
      const customTimeouts = verificationTimeouts(check);
      new k8s.batch.v1.Job(`${name}-verify`, job, { parent: this, dependsOn: served.objects, customTimeouts });
    }
    this.registerOutputs({ address: this.address, url: this.url, image: this.image, ready: this.ready });
  }
}

/** Whether there is somebody who could answer. */
const answers = ({ serve = true, replicas }: FunctionSpec): boolean => serve && replicas !== 0;

/** The same in every lane: Knative and OpenFunction put a Service of the function's name there too. */
function inCluster({ name, namespace, http }: FunctionSpec): pulumi.Input<string> {
  const host = mapped(namespace, (space) => `http://${name}.${space}.svc.cluster.local`);
  const port = http?.service?.port ?? DEFAULTS.servicePort;
  if (port === 80) return host;
  return pulumi.interpolate`${host}:${port}`;
}

function path({ http }: FunctionSpec): string {
  const route = http?.route;
  return (typeof route === "string" ? route : route?.path) ?? "";
}
