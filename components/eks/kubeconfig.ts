/** What a kubeconfig of EKS is made of. */
export interface EksAccess {
  clusterName: string;
  region: string;
  endpoint: string;
  /** CA certificate, base64 of its PEM form. */
  certificateAuthority: string;
}

/**
 * A kubeconfig that holds no secret: whoever uses it asks the `aws` command, which must be there, for a token that is good
 * for minutes, as whoever they are to AWS.
 */
export function eksKubeconfig({ clusterName, region, endpoint, certificateAuthority }: EksAccess): string {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: ["eks", "get-token", "--cluster-name", clusterName, "--region", region, "--output", "json"],
    interactiveMode: "Never",
  };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    clusters: [
      { name: clusterName, cluster: { server: endpoint, "certificate-authority-data": certificateAuthority } },
    ],
    users: [{ name: clusterName, user: { exec } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
  });
}
