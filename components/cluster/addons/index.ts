import type { types } from "@pulumi/kubernetes";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type CoreDnsSettings, coreDnsManifests, type DnsRewrite, MACHINE_NAMESERVERS } from "./core-dns";
import { FLANNEL_ADDRESS, type FlannelSettings, flannelManifests } from "./flannel";
import { type KubeProxySettings, kubeProxyManifests, type ProxyMode, proxyKubeconfig } from "./kube-proxy";

export { SYSTEM } from "./system";
export { type DnsRewrite, FLANNEL_ADDRESS, MACHINE_NAMESERVERS, type ProxyMode, proxyKubeconfig };

const { apps, core, rbac } = kubernetes;

/** What an add-on's pods need before they start. */
interface Basis {
  account: types.input.core.v1.ServiceAccount;
  /** Absent where the binding is to a role that Kubernetes brings. */
  role?: types.input.rbac.v1.ClusterRole;
  binding: types.input.rbac.v1.ClusterRoleBinding;
  config: types.input.core.v1.ConfigMap;
}

function declareBasis(name: string, wanted: Basis, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  return [
    new core.v1.ServiceAccount(`${name}-account`, wanted.account, opts),
    ...(wanted.role === undefined ? [] : [new rbac.v1.ClusterRole(`${name}-role`, wanted.role, opts)]),
    new rbac.v1.ClusterRoleBinding(`${name}-binding`, wanted.binding, opts),
    new core.v1.ConfigMap(`${name}-config`, wanted.config, opts),
  ];
}

/** Declares kube-proxy, children of `opts.parent`; gives what must be ready. */
export function declareKubeProxy(
  name: string,
  settings: KubeProxySettings,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const wanted = kubeProxyManifests(settings);
  const needs = { ...opts, dependsOn: declareBasis(name, wanted, opts) };
  return new apps.v1.DaemonSet(`${name}-daemonset`, wanted.daemonSet, needs);
}

/** Declares flannel, children of `opts.parent`; gives what must be ready. */
export function declareFlannel(
  name: string,
  settings: FlannelSettings,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const wanted = flannelManifests(settings);
  const needs = { ...opts, dependsOn: declareBasis(name, wanted, opts) };
  return new apps.v1.DaemonSet(`${name}-daemonset`, wanted.daemonSet, needs);
}

/** Declares CoreDNS, children of `opts.parent`; gives what must be ready. */
export function declareCoreDns(
  name: string,
  settings: CoreDnsSettings,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const wanted = coreDnsManifests(settings);
  const needs = { ...opts, dependsOn: declareBasis(name, wanted, opts) };
  const deployment = new apps.v1.Deployment(`${name}-deployment`, wanted.deployment, needs);
  // A service counts as ready when it has endpoints: asked after the pods, so that it does not wait for them alone.
  const service = new core.v1.Service(`${name}-service`, wanted.service, { ...opts, dependsOn: [deployment] });
  return [deployment, service];
}
