export { dockerConfig, dockerConfigSecret, type RegistryLogin } from "./docker-config";
export {
  type RegistryObjects,
  type RegistrySpec,
  registryHost,
  registryHostsToml,
  registryObjects,
} from "./manifests";
export { Registry, type RegistryArgs } from "./registry";
