import { type KubernetesObject, namespaceObject } from "../manifests";
import type { StrategyOptions } from "./strategy";

/** Where images of functions are built. */
export const BUILD_NAMESPACE = "builds";

/**
 * The namespace that builds run in. `baseline` admits the capability SETFCAP and nothing that reaches the machine; a
 * privileged step needs `privileged`.
 */
export const buildNamespace = ({ privileged = false }: StrategyOptions = {}): KubernetesObject =>
  namespaceObject(BUILD_NAMESPACE, {
    "pod-security.kubernetes.io/enforce": privileged ? "privileged" : "baseline",
  });
