export {
  dockerConfigSecret,
  type RegistryLogin,
  type RegistrySpec,
  registryHost,
  registryHostsToml,
  registryObjects,
} from "./manifests";
