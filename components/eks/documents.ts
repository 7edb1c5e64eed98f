import type { PolicyDocument } from "../node-pool/aws";

/** Policies of AWS's own that the cluster and its nodes work by. */
export const CLUSTER_POLICY = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy";
/** Node: may tell of itself and its cluster. */
export const NODE_POLICY = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
/** Node: may pull images, and list or push none. */
export const PULL_POLICY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
/** Pods' addresses are network interfaces; only the pods of the add-on may change those. */
export const CNI_POLICY = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy";
/** What an administrator may do in the cluster: everything. */
export const ADMIN_ACCESS_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

/** Lets EKS take the cluster's role. */
export const clusterTrust = (): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "eks.amazonaws.com" } }],
});

/**
 * Lets the pods of one service account take a role, by the token that the cluster gives them.
 *
 * @param provider ARN of the cluster's OIDC provider
 * @param issuer URL of the cluster's issuer
 */
export function serviceAccountTrust(
  provider: string,
  issuer: string,
  namespace: string,
  serviceAccount: string,
): PolicyDocument {
  const host = issuer.replace(/^https:\/\//, "");
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: provider },
        Condition: {
          StringEquals: {
            [`${host}:aud`]: "sts.amazonaws.com",
            [`${host}:sub`]: `system:serviceaccount:${namespace}:${serviceAccount}`,
          },
        },
      },
    ],
  };
}
