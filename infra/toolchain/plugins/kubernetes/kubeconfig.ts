import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { at, isObject, objectsAt, type Properties, textAt } from "./values";

/** Where an API server is and who we are to it. */
export interface Access {
  server: URL;
  /** PEM bundle the server's certificate must chain to; undefined: the host's trust store. */
  ca?: Buffer;
  /** The kubeconfig asks not to verify the certificate. */
  insecure: boolean;
  /** Name to verify instead of the server's host name. */
  serverName?: string;
  clientCertificate?: Buffer;
  clientKey?: Buffer;
  token?: string;
  tokenFile?: string;
  basic?: { username: string; password: string };
  /** Command that prints credentials (the way of EKS, GKE and AKS). */
  exec?: ExecCredential;
  /** The context's namespace. */
  namespace?: string;
}

export interface ExecCredential {
  apiVersion: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  installHint?: string;
}

export interface KubeconfigChoice {
  /** Contents of a kubeconfig, or a path to one. Undefined: `$KUBECONFIG`, `~/.kube/config`, in-cluster. */
  kubeconfig?: string;
  context?: string;
  cluster?: string;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Finds the cluster and credentials that a provider is to use.
 *
 * @throws when the kubeconfig cannot be read or lacks what it refers to; the message holds names only
 */
export function access(choice: KubeconfigChoice): Access {
  const source = load(choice.kubeconfig);
  if (source === undefined) return inCluster();
  return pick(source.config, source.base, choice);
}

/** The named cluster block that a provider would use: what decides whether a new kubeconfig means a new cluster. */
export function activeCluster(choice: KubeconfigChoice): Properties | undefined {
  const config = load(choice.kubeconfig)?.config;
  if (!config) return undefined;
  const context = choice.context ?? textAt(config, "current-context");
  const name = choice.cluster ?? textAt(entry(config, "contexts", context)?.context, "cluster");
  const cluster = entry(config, "clusters", name)?.cluster;
  return isObject(cluster) ? cluster : undefined;
}

function load(kubeconfig: string | undefined): { config: Properties; base: string } | undefined {
  if (kubeconfig !== undefined && kubeconfig.trim() !== "" && !looksLikePath(kubeconfig))
    return { config: parse(kubeconfig, "the provider's kubeconfig"), base: process.cwd() };
  const path = kubeconfig?.trim() || process.env.KUBECONFIG?.split(":")[0] || join(homedir(), ".kube", "config");
  const full = path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(path);
  if (!existsSync(full)) {
    if (kubeconfig || !existsSync(`${SERVICE_ACCOUNT}/token`))
      throw new Error(
        `kubeconfig ${full} does not exist; set the provider's \`kubeconfig\` to its contents or its path`,
      );
    return undefined;
  }
  return { config: parse(readFileSync(full, "utf8"), full), base: dirname(full) };
}

const looksLikePath = (text: string): boolean => !text.includes("\n") && !/^\s*\{/.test(text) && !/:\s/.test(text);

function parse(text: string, name: string): Properties {
  // YAML is read only when needed: the library costs more start-up than the rest of this file.
  let config: unknown;
  try {
    config = text.trimStart().startsWith("{") ? JSON.parse(text) : require("yaml").parse(text);
  } catch {
    // The parser's own message quotes the text, and the text holds keys.
    throw new Error(`${name} is neither YAML nor JSON; print it with \`kubectl config view --raw\` to compare`);
  }
  if (!isObject(config as Properties)) throw new Error(`${name} holds no kubeconfig`);
  return config as Properties;
}

function entry(config: Properties, list: string, name: string | undefined): Properties | undefined {
  return objectsAt(config, list).find((item) => item.name === name);
}

function pick(config: Properties, base: string, choice: KubeconfigChoice): Access {
  const contextName = choice.context ?? textAt(config, "current-context");
  const context = entry(config, "contexts", contextName)?.context;
  if (!isObject(context) && (choice.context !== undefined || choice.cluster === undefined))
    throw new Error(`kubeconfig has no context ${contextName ?? "(none is current)"}; set the provider's \`context\``);
  const clusterName = choice.cluster ?? textAt(context, "cluster");
  const cluster = entry(config, "clusters", clusterName)?.cluster;
  const server = textAt(cluster, "server");
  if (!server) throw new Error(`kubeconfig has no server for cluster ${clusterName}; name one under clusters`);
  const user = entry(config, "users", textAt(context, "user"))?.user;
  if (at(user, "auth-provider") !== undefined)
    throw new Error("kubeconfig uses an auth-provider, which Kubernetes removed; use an exec credential plugin");
  if (textAt(cluster, "proxy-url") !== undefined)
    throw new Error("kubeconfig has a proxy-url, which this embedded plugin does not do; the official plugin does");
  const username = textAt(user, "username");
  return {
    server: new URL(server),
    ca: material(cluster, "certificate-authority", base),
    insecure: at(cluster, "insecure-skip-tls-verify") === true,
    serverName: textAt(cluster, "tls-server-name"),
    clientCertificate: material(user, "client-certificate", base),
    clientKey: material(user, "client-key", base),
    token: textAt(user, "token"),
    tokenFile: textAt(user, "tokenFile"),
    basic: username ? { username, password: textAt(user, "password") ?? "" } : undefined,
    exec: execCredential(at(user, "exec")),
    namespace: textAt(context, "namespace"),
  };
}

function material(of: Properties[string] | undefined, key: string, base: string): Buffer | undefined {
  const data = textAt(of, `${key}-data`);
  if (data) return Buffer.from(data, "base64");
  const file = textAt(of, key);
  return file ? readFileSync(resolve(base, file)) : undefined;
}

function execCredential(exec: Properties[string] | undefined): ExecCredential | undefined {
  const command = textAt(exec, "command");
  if (!command) return undefined;
  const args = at(exec, "args");
  return {
    apiVersion: textAt(exec, "apiVersion") ?? "client.authentication.k8s.io/v1",
    command,
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(objectsAt(exec, "env").map((item) => [String(item.name), String(item.value)])),
    installHint: textAt(exec, "installHint"),
  };
}

function inCluster(): Access {
  const host = process.env.KUBERNETES_SERVICE_HOST;
  if (!host) throw new Error("no kubeconfig and not inside a cluster; set the provider's `kubeconfig`");
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${process.env.KUBERNETES_SERVICE_PORT ?? 443}`),
    ca: readFileSync(`${SERVICE_ACCOUNT}/ca.crt`),
    insecure: false,
    tokenFile: `${SERVICE_ACCOUNT}/token`,
    namespace: readFileSync(`${SERVICE_ACCOUNT}/namespace`, "utf8"),
  };
}
