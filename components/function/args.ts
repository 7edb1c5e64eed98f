import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { FunctionBuild, ImageLogin } from "./build-args";

/** What serves a function; see `laneDifferences` for what that changes. */
export const LANES = ["direct", "knative", "openfunction"] as const;
export type Lane = (typeof LANES)[number];

/** Version of OpenFunction's own API; it stores the second and converts the first with defects. */
export const FUNCTION_API_VERSIONS = ["v1beta1", "v1beta2"] as const;
export type FunctionApiVersion = (typeof FUNCTION_API_VERSIONS)[number];

/** A WebAssembly function: one module in an image, from source or as it is, and how it is served. */
export interface FunctionSpec {
  /** Name of what serves it: a DNS label that begins with a letter. */
  name: string;
  /** Namespace, which must exist; `functionNamespace` makes one that suits the lane. */
  namespace: pulumi.Input<string>;
  /**
   * `direct`: Deployment and Service, without any platform. `knative`: a Knative Service. `openfunction`: a Function.
   * Default `direct`. A function that is there changes its lane under another `name`, or in two runs: its objects of two
   * lanes have one name, and Pulumi makes the new before it takes the old away.
   */
  lane?: Lane;
  /** Version that a Function is written in, in the lane `openfunction`. Default `v1beta2`. */
  apiVersion?: FunctionApiVersion;
  /**
   * Image with the module; a tag or digest that changes with its content rolls the function. A build pushes it, in the
   * lane `direct` under a tag of its own, which names all that was built.
   */
  image: pulumi.Input<string>;
  /** Default `IfNotPresent`. `Never` for an image that no registry has. */
  imagePullPolicy?: pulumi.Input<ImagePullPolicy>;
  /**
   * For a private registry, to pull and to push: the name of a Secret of type kubernetes.io/dockerconfigjson in the
   * function's namespace, or the login, of which such a Secret is made.
   */
  imageCredentials?: pulumi.Input<string> | ImageLogin;
  /** Version of the function, a label of its pods in the lane `openfunction`. Default `latest`. */
  version?: string;
  /** What OpenFunction knows WebAssembly by. Default `wasmedge`. */
  workloadRuntime?: "wasmedge";
  /** How the image is made. Default: it is there. */
  build?: FunctionBuild;
  /** False: the image is built, and nothing serves it. Default true. */
  serve?: boolean;
  /**
   * Module in the image and its arguments: `["/wasmedge_hyper_server.wasm"]`. The first must end in `.wasm` or
   * `.wat`. Default: the image's entrypoint, for which the same holds. `$` as in `env`.
   */
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** Arguments after the command. Default: the image's. `$` as in `env`. */
  args?: pulumi.Input<pulumi.Input<string>[]>;
  http?: FunctionHttp;
  /**
   * So many pods at all times; not together with `scale`. A number that the program has now: with 0, nothing is asked
   * and nothing waited for. Default 1 in the lane `direct`, else `scale` holds.
   */
  replicas?: number;
  /** Pods follow the load; in the lane `direct` with a metrics server, for which nothing looks. Default in the lanes `knative` and `openfunction`: from 0 to 10. */
  scale?: FunctionScale;
  /**
   * Environment of the module, without `PORT`, which is set from `http.port` in every lane. As anywhere in Kubernetes,
   * `$(NAME)` stands for another variable of it and `$$` for `$`: `literal(text)` keeps text as it is.
   */
  env?: Record<string, FunctionVariable>;
  /** Kept in a ConfigMap of its own; another content rolls the function. */
  config?: FunctionData;
  /** Kept in a Secret of its own; another content rolls the function. */
  secrets?: FunctionData;
  /** Containers beside the module's, native ones. They too run without privileges, unless they say otherwise. */
  sidecars?: k8s.types.input.core.v1.Container[];
  /** Native containers that end before the module starts. Lane `direct` only. */
  initContainers?: k8s.types.input.core.v1.Container[];
  /** More files for the module. */
  volumes?: FunctionVolume[];
  /** How Kubernetes tells that the function lives and may be asked. Default: TCP connections. */
  probes?: FunctionProbes;
  /** Default: requests of 25m CPU and 48Mi memory, at most 256Mi memory. */
  resources?: FunctionResources;
  /**
   * Seconds between the decision to stop a pod and its end: running requests finish, and the cluster stops sending
   * new ones. Lane `direct`: Knative has its own. Needs Kubernetes 1.30; 0 ends the pod at once. Default 1.
   */
  drainSeconds?: number;
  /** Annotations of the pods. `module.wasm.image/variant` is `compat-smart` unless given here. */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Labels of the objects and the pods, beside `app.kubernetes.io/name`, which is the function's name in any case. */
  labels?: Record<string, pulumi.Input<string>>;
  /** Default `openfunction-crun`. */
  runtimeClassName?: pulumi.Input<string>;
  /**
   * A Dapr sidecar beside the module. In the lane `direct` the namespace must admit it: Dapr's injector says nothing of
   * its capabilities, so `restricted` refuses the pod, and `functionNamespace` takes `{ dapr: true }`. Default: none.
   */
  dapr?: FunctionDapr;
}

/** How the function is reached over HTTP. */
export interface FunctionHttp {
  /** Port that the module listens on, 1024 or above; it finds it in `PORT`. Default 8080. */
  port?: pulumi.Input<number>;
  /** What leads to the function from outside: a path prefix, or more. Default: only its address in the cluster. */
  route?: string | FunctionRoute;
  /** The Service of the lane `direct`. */
  service?: FunctionService;
}

export interface FunctionRoute {
  /** Path prefix, `/echo`. Default: every path. */
  path?: string;
  /** Names that the function answers to. Default: those of the gateway. */
  hostnames?: string[];
  /** Gateway of the Gateway API, or OpenFunction's. Default: `openfunction/openfunction` in that lane, else none. */
  gateway?: { name: string; namespace: string };
}

/** The Service of a function. */
export interface FunctionService {
  /** `NodePort` opens a port on every machine. Default `ClusterIP`. */
  type?: ServiceType;
  /** Port of the service inside the cluster. Default 80. */
  port?: pulumi.Input<number>;
  /** Port on the machines. Default: Kubernetes picks a free one. */
  nodePort?: pulumi.Input<number>;
}

export interface FunctionScale {
  /** Default 0. The lane `direct` keeps one at least: nothing there wakes a function up. */
  min?: number;
  /** Default 10. */
  max?: number;
  /** Requests at once for which a pod is wanted; lanes of Knative. Default: Knative's own. */
  concurrency?: number;
  /** Share of the requested processor time, in percent, for which a pod is wanted; lane `direct`. Default 80. */
  cpuPercent?: number;
}

/** A value, or the place where it is kept in the function's namespace. */
export type FunctionVariable =
  | pulumi.Input<string>
  | { secret: pulumi.Input<string>; key: string }
  | { configMap: pulumi.Input<string>; key: string };

export interface FunctionData {
  data: Record<string, pulumi.Input<string>>;
  /** Folder in which each key is a file. Default: each key is a variable of the environment. */
  mountPath?: string;
}

export interface FunctionVolume {
  /** A DNS label. */
  name: string;
  mountPath: string;
  /** Default true. */
  readOnly?: boolean;
  /** One file or folder of the volume. Default: all of it. */
  subPath?: string;
  /** Kubernetes' volume source: `{ configMap: { name } }`. Knative takes configMap, secret and projected. */
  source: Omit<k8s.types.input.core.v1.Volume, "name">;
}

export interface FunctionProbes {
  /** Started again when it fails for long. `false`: never. */
  liveness?: FunctionProbe | false;
  /** Gets no requests while it fails. */
  readiness?: FunctionProbe;
}

/** An HTTP GET on the path, or without one a TCP connection. */
export interface HttpProbe {
  path?: pulumi.Input<string>;
  /** Seconds. Default 0. */
  initialDelaySeconds?: number;
  /** Seconds. Default 1 for readiness, 10 for liveness. */
  periodSeconds?: number;
  /** Seconds. Default 1. */
  timeoutSeconds?: number;
  /** Default 3. */
  failureThreshold?: number;
}

/** A command cannot be run inside a module. */
export interface FunctionProbe extends HttpProbe {
  exec?: never;
}

export interface FunctionResources {
  requests?: Record<string, pulumi.Input<string>>;
  limits?: Record<string, pulumi.Input<string>>;
}

/**
 * Dapr as a sidecar over HTTP. OpenFunction's own default, a proxy that speaks gRPC, is of no use to a module: its SDK
 * asks localhost over HTTP.
 */
export interface FunctionDapr {
  /** Name by which others call it. Default: name and namespace, as OpenFunction has it. */
  appId?: string;
  /**
   * State stores by name, which is a DNS name: in the lanes `direct` and `knative` a Component is called by it. Two
   * functions of one namespace cannot have stores of one name: each is open to its function's own id only.
   */
  states?: Record<string, DaprComponent>;
}

/** A component of Dapr, as its `spec` has it: `{ type: "state.redis", version: "v1", metadata: [...] }`. */
export interface DaprComponent {
  type: string;
  version: string;
  metadata: DaprMetadata[];
}

export type DaprMetadata = { name: string } & (
  | { value: pulumi.Input<string> }
  | { secretKeyRef: { name: string; key: string } }
);

export const SERVICE_TYPES = ["ClusterIP", "NodePort"] as const;
export type ServiceType = (typeof SERVICE_TYPES)[number];

export const IMAGE_PULL_POLICIES = ["Always", "IfNotPresent", "Never"] as const;
export type ImagePullPolicy = (typeof IMAGE_PULL_POLICIES)[number];

/** What a function gets when its arguments say nothing. */
export const DEFAULTS = {
  lane: "direct",
  apiVersion: "v1beta2",
  version: "latest",
  workloadRuntime: "wasmedge",
  port: 8080,
  servicePort: 80,
  replicas: 1,
  scale: { min: 0, max: 10, cpuPercent: 80 },
  gateway: { name: "openfunction", namespace: "openfunction" },
  drainSeconds: 1,
  resources: { requests: { cpu: "25m", memory: "48Mi" }, limits: { memory: "256Mi" } },
  readiness: { periodSeconds: 1 },
  /** Looked at seldom, as each look is a request to the module. */
  liveness: { periodSeconds: 10, failureThreshold: 3 },
} as const;
