import { type KubernetesObject, namespaceObject } from "../manifests";
import type { StrategyOptions } from "./strategy";

/** Where images of functions are built. */
export const BUILD_NAMESPACE = "builds";

/**
 * A namespace that builds run in. `baseline` admits the capabilities of the unprivileged step and nothing that reaches
 * the machine; a privileged step needs `privileged`.
 */
export const buildNamespace = (name: string, { privileged = false }: StrategyOptions = {}): KubernetesObject =>
  namespaceObject(name, { "pod-security.kubernetes.io/enforce": privileged ? "privileged" : "baseline" });
