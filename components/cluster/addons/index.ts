import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type CoreDnsSettings, coreDnsManifests, MACHINE_NAMESERVERS } from "./core-dns";
import { FLANNEL_ADDRESS, type FlannelSettings, flannelManifests } from "./flannel";
import { type KubeProxySettings, kubeProxyManifests, type ProxyMode, proxyKubeconfig } from "./kube-proxy";

export { SYSTEM } from "./system";
export { FLANNEL_ADDRESS, MACHINE_NAMESERVERS, type ProxyMode, proxyKubeconfig };

const { apps, core, rbac } = kubernetes;

/** Declares kube-proxy, children of `opts.parent`; gives what must be ready. */
export function declareKubeProxy(
  name: string,
  settings: KubeProxySettings,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const wanted = kubeProxyManifests(settings);
  const account = new core.v1.ServiceAccount(`${name}-account`, wanted.account, opts);
  const binding = new rbac.v1.ClusterRoleBinding(`${name}-binding`, wanted.binding, opts);
  const config = new core.v1.ConfigMap(`${name}-config`, wanted.config, opts);
  const needs = { ...opts, dependsOn: [account, binding, config] };
  return new apps.v1.DaemonSet(`${name}-daemonset`, wanted.daemonSet, needs);
}

/** Declares flannel, children of `opts.parent`; gives what must be ready. */
export function declareFlannel(
  name: string,
  settings: FlannelSettings,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const wanted = flannelManifests(settings);
  const account = new core.v1.ServiceAccount(`${name}-account`, wanted.account, opts);
  const role = new rbac.v1.ClusterRole(`${name}-role`, wanted.role, opts);
  const binding = new rbac.v1.ClusterRoleBinding(`${name}-binding`, wanted.binding, opts);
  const config = new core.v1.ConfigMap(`${name}-config`, wanted.config, opts);
  const needs = { ...opts, dependsOn: [account, role, binding, config] };
  return new apps.v1.DaemonSet(`${name}-daemonset`, wanted.daemonSet, needs);
}

/** Declares CoreDNS, children of `opts.parent`; gives what must be ready. */
export function declareCoreDns(
  name: string,
  settings: CoreDnsSettings,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const wanted = coreDnsManifests(settings);
  const account = new core.v1.ServiceAccount(`${name}-account`, wanted.account, opts);
  const role = new rbac.v1.ClusterRole(`${name}-role`, wanted.role, opts);
  const binding = new rbac.v1.ClusterRoleBinding(`${name}-binding`, wanted.binding, opts);
  const config = new core.v1.ConfigMap(`${name}-config`, wanted.config, opts);
  const needs = { ...opts, dependsOn: [account, role, binding, config] };
  const deployment = new apps.v1.Deployment(`${name}-deployment`, wanted.deployment, needs);
  // A service counts as ready when it has endpoints: asked after the pods, so that it does not wait for them alone.
  const service = new core.v1.Service(`${name}-service`, wanted.service, { ...opts, dependsOn: [deployment] });
  return [deployment, service];
}
