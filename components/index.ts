export {
  type AddonImages,
  type CgroupDriver,
  type Cluster,
  DEFAULT_POD_CIDR,
  DEFAULT_SERVICE_CIDR,
  ExistingCluster,
  type ExistingClusterArgs,
  inCluster,
  KubeadmCluster,
  type KubeadmClusterArgs,
  type Lifetime,
  type NodeArtifact,
  type PodNetwork,
  type ProxyMode,
} from "./cluster";
export {
  type FunctionProbe,
  type FunctionResources,
  type FunctionService,
  type FunctionSpec,
  type ImagePullPolicy,
  type ServiceType,
  WasmFunction,
  type WasmFunctionArgs,
} from "./function";
export {
  type BuildRegistries,
  type FolderSource,
  type GitFolderSourceArgs,
  type GitLogin,
  gitLoginSecret,
  ImageBuild,
  type ImageBuildArgs,
} from "./image-build";
export { type KubernetesObject, Manifests, type ManifestsArgs } from "./manifests";
export { NodeImage, type NodeImageArgs } from "./node-images";
export {
  LocalNodePool,
  type LocalNodePoolArgs,
  type Machine,
  type NetworkPlan,
  type NodePool,
  planNetwork,
  type SshHostArgs,
  SshNodePool,
  type SshNodePoolArgs,
} from "./node-pool";
export {
  type NodeBuildArgs,
  type NodePayload,
  NodeRuntime,
  type NodeRuntimeArgs,
  type NodeRuntimeResult,
} from "./node-runtime";
export {
  BUILD_NAMESPACE,
  buildNamespace,
  type Layer,
  layerGroups,
  layers,
  Platform,
  type PlatformArgs,
  type StrategyOptions,
  WASM_STRATEGY,
} from "./platform";
export { Registry, type RegistryArgs, type RegistryLogin } from "./registry";
export type { ConnectionArgs } from "./remote";
export {
  DEFAULT_VARIANT,
  PROVED_LABEL,
  type Proof,
  type ProvedNode,
  RUNTIME_CLASS,
  RUNTIME_HANDLER,
  VARIANT_ANNOTATION,
  VARIANTS,
  type Variant,
  WasmRuntime,
  type WasmRuntimeArgs,
} from "./wasm-runtime";
