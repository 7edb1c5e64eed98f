export {
  dockerConfigSecret,
  type RegistryLogin,
  type RegistryObjects,
  type RegistrySpec,
  registryHost,
  registryHostsToml,
  registryObjects,
} from "./manifests";
export { Registry, type RegistryArgs } from "./registry";
