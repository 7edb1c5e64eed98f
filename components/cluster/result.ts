import type * as pulumi from "@pulumi/pulumi";

/** What the control-plane script prints, decoded. */
export interface ControlPlaneResult {
  /** Administrator's kubeconfig as kubeadm wrote it. */
  kubeconfig: string;
  /** CA certificate, base64 of its PEM form. */
  caCert: string;
  /** Duration of each phase of the run that printed it. */
  milliseconds: Record<string, number>;
}

/** @throws when it is not what the script prints. */
export function parseControlPlaneResult(stdout: string): ControlPlaneResult {
  const result = JSON.parse(stdout) as ControlPlaneResult;
  return { ...result, kubeconfig: Buffer.from(result.kubeconfig, "base64").toString() };
}

export const controlPlaneResult = (stdout: pulumi.Output<string>): pulumi.Output<ControlPlaneResult> =>
  stdout.apply(parseControlPlaneResult);
