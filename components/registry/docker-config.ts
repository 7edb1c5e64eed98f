import type { KubernetesObject } from "../manifests";

/** Who may pull from a registry and push to it. */
export interface RegistryLogin {
  username: string;
  /** Secret. */
  password: string;
}

/** Content of a Secret of type kubernetes.io/dockerconfigjson; the logins are by registries' hosts. */
export function dockerConfig(logins: Readonly<Record<string, RegistryLogin>>): { ".dockerconfigjson": string } {
  const auths = Object.fromEntries(
    Object.entries(logins).map(([host, { username, password }]) => [
      host,
      { username, password, auth: Buffer.from(`${username}:${password}`).toString("base64") },
    ]),
  );
  return { ".dockerconfigjson": JSON.stringify({ auths }) };
}

/** The Secret by which pods pull from registries and builds push to them. */
export const dockerConfigSecret = (
  metadata: { name: string; namespace: string },
  logins: Readonly<Record<string, RegistryLogin>>,
): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata,
  type: "kubernetes.io/dockerconfigjson",
  stringData: dockerConfig(logins),
});
