import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { VARIANT_ANNOTATION } from "../wasm-runtime";
import { DEFAULTS, type FunctionSpec } from "./args";
import { checkedVariant, requireClean } from "./checked";
import { functionDeployment, functionService } from "./manifests";

export interface WasmFunctionArgs extends Omit<FunctionSpec, "name"> {
  /** Default: the component's name. */
  name?: string;
  /** What serves the function: `direct` is a Deployment and a Service, without any platform. Default `direct`. */
  lane?: "direct";
  /**
   * Address of a machine, for the URL of a function with `service.type: "NodePort"`.
   * Default: the URL is the one inside the cluster.
   */
  host?: pulumi.Input<string>;
}

/** A WebAssembly function, served over HTTP. */
export class WasmFunction extends pulumi.ComponentResource {
  /** Where it answers, without a path: `http://…`. */
  readonly url: pulumi.Output<string>;
  /** Whether as many pods as asked for are ready. */
  readonly ready: pulumi.Output<boolean>;
  readonly deployment: k8s.apps.v1.Deployment;
  readonly service: k8s.core.v1.Service;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: WasmFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    const { lane = "direct", host, ...rest } = args;
    const spec: FunctionSpec = { ...rest, name: args.name ?? name };
    requireClean(spec);
    super("ofwasm:index:WasmFunction", name, { lane, ...args }, opts);

    const late = { ...spec, annotations: { ...spec.annotations, [VARIANT_ANNOTATION]: checkedVariant(spec) } };
    // What the caller names comes before the pods, also when it is taken away again.
    const child = { parent: this, dependsOn: opts?.dependsOn };
    this.deployment = new k8s.apps.v1.Deployment(`${name}-deployment`, functionDeployment(late), child);
    this.service = new k8s.core.v1.Service(`${name}-service`, functionService(spec), child);
    this.url = functionUrl(this.service, spec, host);
    this.ready = pulumi
      .all([this.deployment.spec.replicas, this.deployment.status])
      .apply(([wanted, status]) => (status?.readyReplicas ?? 0) >= wanted);

    this.registerOutputs({ url: this.url, ready: this.ready });
  }
}

function functionUrl(
  service: k8s.core.v1.Service,
  { name, namespace, service: asked = {} }: FunctionSpec,
  host: pulumi.Input<string> | undefined,
): pulumi.Output<string> {
  if (asked.type === "NodePort" && host !== undefined)
    return pulumi.interpolate`http://${host}:${service.spec.ports[0]!.nodePort}`;
  return pulumi
    .all([namespace, asked.port ?? DEFAULTS.servicePort, service.metadata.uid])
    .apply(([space, port]) => `http://${name}.${space}.svc.cluster.local${port === 80 ? "" : `:${port}`}`);
}
