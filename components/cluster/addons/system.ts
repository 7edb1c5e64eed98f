/** Namespace of everything that the cluster itself needs. */
export const SYSTEM = "kube-system";
