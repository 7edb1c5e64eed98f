export type { EksAddons, EksClusterArgs, EksNodesArgs } from "./args";
export { EksCluster } from "./eks-cluster";
export { EksNodes } from "./eks-nodes";
export { eksKubeconfig } from "./kubeconfig";
export { addonVersionProblem, eksProblems, nodesProblems, principalProblem } from "./problems";
