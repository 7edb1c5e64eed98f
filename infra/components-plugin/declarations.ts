import * as pulumi from "@pulumi/pulumi";
import type {
  FunctionData,
  FunctionQuestion,
  FunctionResources,
  FunctionScale,
  HttpProbe,
  Proof,
} from "../../components";

/*
 * What programs in other languages see of the library, in the types that Pulumi's schema knows: no unions but enums, no
 * types of Kubernetes, no functions. Nothing here runs: the plugin makes the library's own components, to whose arguments
 * `portable.ts` turns these; it does not compile when they do not fit.
 */

/** What serves a function. */
export const Lane = {
  /** Deployment and Service, without any platform. */
  Direct: "direct",
  /** A Knative Service. */
  Knative: "knative",
  /** A Function of OpenFunction. */
  OpenFunction: "openfunction",
} as const;
export type Lane = (typeof Lane)[keyof typeof Lane];

/** When an image is pulled. */
export const ImagePullPolicy = { Always: "Always", IfNotPresent: "IfNotPresent", Never: "Never" } as const;
export type ImagePullPolicy = (typeof ImagePullPolicy)[keyof typeof ImagePullPolicy];

/** How a Service is reached. */
export const ServiceType = {
  /** From inside the cluster. */
  ClusterIP: "ClusterIP",
  /** By a port on every machine too. */
  NodePort: "NodePort",
} as const;
export type ServiceType = (typeof ServiceType)[keyof typeof ServiceType];

/** A gateway by its name and namespace. */
export interface Gateway {
  name: string;
  namespace: string;
}

/** What leads to a function from outside. */
export interface FunctionRoute {
  /** Path prefix, `/echo`. Default: every path. */
  path?: string;
  /** Names that the function answers to. Default: those of the gateway. */
  hostnames?: string[];
  /** Gateway of the Gateway API, or OpenFunction's. Default: `openfunction/openfunction` in that lane, else none. */
  gateway?: Gateway;
}

/** The Service of a function in the lane `direct`. */
export interface FunctionService {
  /** Default `ClusterIP`. */
  type?: ServiceType;
  /** Port of the service inside the cluster. Default 80. */
  port?: pulumi.Input<number>;
  /** Port on the machines. Default: Kubernetes picks a free one. */
  nodePort?: pulumi.Input<number>;
}

/** How a function is reached over HTTP. */
export interface FunctionHttp {
  /** Port that the module listens on, 1024 or above; it finds it in `PORT`. Default 8080. */
  port?: pulumi.Input<number>;
  /** What leads to the function from outside. Default: only its address in the cluster. */
  route?: FunctionRoute;
  /** The Service of the lane `direct`. */
  service?: FunctionService;
}

/** How Kubernetes tells that the function lives and may be asked. */
export interface FunctionProbes {
  /** Started again when it fails for long. */
  liveness?: HttpProbe;
  /** Gets no requests while it fails. */
  readiness?: HttpProbe;
}

/** A question that a function must answer before it counts as deployed. */
export interface FunctionVerification extends FunctionQuestion {
  /** Default `IfNotPresent`. */
  imagePullPolicy?: pulumi.Input<ImagePullPolicy>;
}

export interface WasmFunctionArgs {
  /** Name of what serves it: a DNS label that begins with a letter. Default: the component's name. */
  name?: string;
  /** Namespace, which must exist. */
  namespace: pulumi.Input<string>;
  /** What serves it. Default `direct`. */
  lane?: Lane;
  /** Image with the module; a tag or digest that changes with its content rolls the function. */
  image: pulumi.Input<string>;
  /** Default `IfNotPresent`. `Never` for an image that no registry has. */
  imagePullPolicy?: pulumi.Input<ImagePullPolicy>;
  /** For a private registry: the name of a Secret of type kubernetes.io/dockerconfigjson in the function's namespace. */
  imageCredentials?: pulumi.Input<string>;
  /** Version of the function, a label of its pods in the lane `openfunction`. Default `latest`. */
  version?: string;
  /** Module in the image and its arguments; the first ends in `.wasm` or `.wat`. Default: the image's entrypoint. */
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** Arguments after the command. Default: the image's. */
  args?: pulumi.Input<pulumi.Input<string>[]>;
  http?: FunctionHttp;
  /** So many pods at all times; not together with `scale`. Default 1 in the lane `direct`, else `scale` holds. */
  replicas?: number;
  /** Pods follow the load. Default in the lanes `knative` and `openfunction`: from 0 to 10. */
  scale?: FunctionScale;
  /** Environment of the module, without `PORT`, which is set from `http.port`. */
  env?: Record<string, pulumi.Input<string>>;
  /** Kept in a ConfigMap of its own. */
  config?: FunctionData;
  /** Kept in a Secret of its own. */
  secrets?: FunctionData;
  /** Default: TCP connections. */
  probes?: FunctionProbes;
  /** Default: requests of 25m CPU and 48Mi memory, at most 256Mi memory. */
  resources?: FunctionResources;
  /** Seconds between the decision to stop a pod and its end. Lane `direct`. Default 1. */
  drainSeconds?: number;
  /** Annotations of the pods. */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Labels of the objects and the pods. */
  labels?: Record<string, pulumi.Input<string>>;
  /** Default `openfunction-crun`. */
  runtimeClassName?: pulumi.Input<string>;
  /** Address of a machine, for the URL of a function with a node port. Default: the URL is the one inside the cluster. */
  host?: pulumi.Input<string>;
  /** A question that the function must answer from inside the cluster, or the run fails. Default: a GET of its route. */
  verify?: FunctionVerification;
  /** True: nothing is asked. Not together with `verify`. Default false. */
  unasked?: boolean;
  /** Whether the objects of the lanes `knative` and `openfunction` must work before the run goes on. Default true. */
  wait?: boolean;
}

/** A WebAssembly function, served over HTTP. */
export class WasmFunction extends pulumi.ComponentResource {
  /** Where it answers inside the cluster, without a path. */
  declare readonly address: pulumi.Output<string>;
  /** Where it answers, as far outside as its lane reaches, with the path of its route. */
  declare readonly url: pulumi.Output<string>;
  /** The image that serves it. */
  declare readonly image: pulumi.Output<string>;
  /** Whether it serves: as many pods as asked for, or what the lane's controller says. */
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: WasmFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:WasmFunction", name, args, opts);
  }
}

/** A node of the cluster whose machine has proved that it runs WebAssembly. */
export interface ProvedNode {
  /** The node's name in Kubernetes. */
  name: string;
  proof: Proof;
}

export interface WasmRuntimeArgs {
  /** Nodes to mark. */
  nodes: ProvedNode[];
  /** Name of the RuntimeClass. Default `openfunction-crun`. */
  className?: string;
  /** What a pod of the class costs beyond its containers. Default: nothing. */
  overhead?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The RuntimeClass for WebAssembly, and on each proved node the label that its pods ask for. */
export class WasmRuntime extends pulumi.ComponentResource {
  declare readonly className: pulumi.Output<string>;

  constructor(name: string, args: WasmRuntimeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:WasmRuntime", name, args, opts);
  }
}
