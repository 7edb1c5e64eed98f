import type * as pulumi from "@pulumi/pulumi";

/** A function from an image that holds one WebAssembly module. */
export interface FunctionSpec {
  /** Name of the Deployment and the Service: a DNS label that begins with a letter. */
  name: string;
  /** Namespace, which must exist. */
  namespace: pulumi.Input<string>;
  /** Image with the module; a tag or digest that changes with its content rolls the function. */
  image: pulumi.Input<string>;
  /**
   * Module in the image and its arguments: `["/wasmedge_hyper_server.wasm"]`. The first must end in `.wasm` or
   * `.wat`. Default: the image's entrypoint, for which the same holds.
   */
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** Port that the module listens on, 1024 or above; it finds it in `PORT`. Default 8080. */
  port?: pulumi.Input<number>;
  /** Environment of the module, without `PORT`. */
  env?: Record<string, pulumi.Input<string>>;
  /** Default 1. */
  replicas?: pulumi.Input<number>;
  /** Default: requests of 25m CPU and 48Mi memory, at most 256Mi memory. */
  resources?: FunctionResources;
  service?: FunctionService;
  /** How Kubernetes tells that the function lives. Default: a TCP connection. */
  probe?: FunctionProbe;
  /**
   * Seconds between the decision to stop a pod and its end: running requests finish, and the cluster stops sending
   * new ones. Needs Kubernetes 1.30; 0 ends the pod at once and works everywhere. Default 1.
   */
  drainSeconds?: number;
  /** Default `IfNotPresent`. `Never` for an image that no registry has. */
  imagePullPolicy?: pulumi.Input<ImagePullPolicy>;
  /** Name of a Secret of type kubernetes.io/dockerconfigjson, for a private registry. */
  imageCredentials?: pulumi.Input<string>;
  /** Annotations of the pods. `module.wasm.image/variant` is `compat-smart` unless given here. */
  annotations?: Record<string, pulumi.Input<string>>;
  /** Default `openfunction-crun`. */
  runtimeClassName?: pulumi.Input<string>;
}

export interface FunctionResources {
  requests?: Record<string, pulumi.Input<string>>;
  limits?: Record<string, pulumi.Input<string>>;
}

/** How the function is reached. */
export interface FunctionService {
  /** `NodePort` opens a port on every machine. Default `ClusterIP`. */
  type?: ServiceType;
  /** Port of the service inside the cluster. Default 80. */
  port?: pulumi.Input<number>;
  /** Port on the machines. Default: Kubernetes picks a free one. */
  nodePort?: pulumi.Input<number>;
}

/** An HTTP GET on the path, or without one a TCP connection; a command cannot be run inside a module. */
export interface FunctionProbe {
  path?: pulumi.Input<string>;
  exec?: never;
}

export const SERVICE_TYPES = ["ClusterIP", "NodePort"] as const;
export type ServiceType = (typeof SERVICE_TYPES)[number];

export const IMAGE_PULL_POLICIES = ["Always", "IfNotPresent", "Never"] as const;
export type ImagePullPolicy = (typeof IMAGE_PULL_POLICIES)[number];

/** What a function gets when its arguments say nothing. */
export const DEFAULTS = {
  port: 8080,
  servicePort: 80,
  replicas: 1,
  drainSeconds: 1,
  resources: { requests: { cpu: "25m", memory: "48Mi" }, limits: { memory: "256Mi" } },
} as const;
