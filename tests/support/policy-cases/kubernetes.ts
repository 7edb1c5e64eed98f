import { type PropertyMap, type PropertyValue, secret, UNKNOWN } from "../../../infra/toolchain/plugins/host/values";
import { type Case, type Cases, ofType } from "./case";

const kubernetes = (type: string) => ofType(`kubernetes:${type}`);

const DIGEST = `sha256:${"a".repeat(64)}`;
const IMAGE = `registry.example.org/app:1@${DIGEST}`;
const WASM = { "module.wasm.image/variant": "compat-smart" };

/** A Deployment with this in its pods. */
const pods = (spec: PropertyMap, annotations: PropertyMap = {}): Case =>
  kubernetes("apps/v1:Deployment")({
    metadata: { name: "app", namespace: "team" },
    spec: { template: { metadata: { annotations }, spec } },
  });

/** A Deployment with this in its one container. */
const container = (fields: PropertyMap, annotations: PropertyMap = {}): Case =>
  pods({ containers: [{ name: "app", image: IMAGE, ...fields }] }, annotations);

const secured = (securityContext: PropertyMap): Case => container({ securityContext });

const knative = (spec: PropertyMap, annotations: PropertyMap = WASM): Case =>
  kubernetes("serving.knative.dev/v1:Service")({ spec: { template: { metadata: { annotations }, spec } } });

const func = (serving: PropertyMap): Case =>
  kubernetes("core.openfunction.io/v1beta2:Function")({ spec: { serving: { annotations: WASM, ...serving } } });

const service = kubernetes("core/v1:Service");
const role = kubernetes("rbac.authorization.k8s.io/v1:Role");
const clusterRole = kubernetes("rbac.authorization.k8s.io/v1:ClusterRole");
const binding = kubernetes("rbac.authorization.k8s.io/v1:ClusterRoleBinding");
const runtimeClass = kubernetes("node.k8s.io/v1:RuntimeClass");
const namespace = kubernetes("core/v1:Namespace");
const secretObject = kubernetes("core/v1:Secret");
const configMap = kubernetes("core/v1:ConfigMap");
const strategy = kubernetes("shipwright.io/v1alpha1:ClusterBuildStrategy");

const rules = (...list: PropertyMap[]): PropertyMap => ({ rules: list });
const rule = (groups: PropertyValue[], resources: PropertyValue[], verbs: PropertyValue[]): PropertyMap => ({
  apiGroups: groups,
  resources,
  verbs,
});

const bound = (name: string, subject: PropertyMap): PropertyMap => ({
  roleRef: { kind: "ClusterRole", name },
  subjects: [subject],
});
const ACCOUNT = { kind: "ServiceAccount", name: "x", namespace: "team" };

const replicas = (count: PropertyValue | undefined, production: boolean): Case => ({
  ...kubernetes("apps/v1:Deployment")({ metadata: { name: "a", namespace: "team" }, spec: { replicas: count } }),
  production,
});

export const kubernetesCases: Readonly<Record<string, Cases>> = {
  "kubernetes-image-digest": {
    wrong: [
      container({ image: "registry.example.org/app:1" }),
      pods({ initContainers: [{ name: "i", image: "app" }], containers: [{ name: "app", image: IMAGE }] }),
      kubernetes("batch/v1:CronJob")({
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: "c", image: "app:1" }] } } } } },
      }),
    ],
    right: [
      container({}),
      container({ image: "ofwasm.local/http-server:abc" }),
      container({ image: "registry.images.svc.cluster.local:5000/http-server:0123456789abcdef" }),
      container({ image: "registry.k8s.io/coredns/coredns:v1.12.1" }),
      container({ image: UNKNOWN }),
      knative({ containers: [{ image: "registry.example.org/app:1" }] }),
    ],
  },
  "kubernetes-image-latest": {
    wrong: [
      container({ image: "registry.example.org:5000/app" }),
      knative({ containers: [{ image: "app:latest" }] }),
      func({ template: { containers: [{ name: "function", image: "app:latest" }] } }),
    ],
    right: [container({ image: "registry.example.org:5000/app:1" }), container({ image: `app@${DIGEST}` })],
  },
  "wasm-runtime-class": {
    wrong: [container({}, WASM), knative({ containers: [{ image: IMAGE }] })],
    right: [
      container({}),
      pods({ runtimeClassName: "openfunction-crun", containers: [] }, WASM),
      pods({ runtimeClassName: UNKNOWN, containers: [] }, WASM),
    ],
  },
  "wasm-exec-probe": {
    wrong: [
      container({ livenessProbe: { exec: { command: ["true"] } } }, WASM),
      container({ lifecycle: { preStop: { exec: { command: ["sleep", "1"] } } } }, WASM),
      func({ template: { containers: [{ name: "function", readinessProbe: { exec: { command: ["true"] } } }] } }),
    ],
    right: [
      container({ livenessProbe: { exec: { command: ["true"] } } }),
      container(
        { livenessProbe: { tcpSocket: { port: 80 } }, lifecycle: { preStop: { sleep: { seconds: 1 } } } },
        WASM,
      ),
    ],
  },
  "wasm-variant": {
    wrong: [
      pods({ containers: [{ name: "a" }, { name: "b" }] }, { "module.wasm.image/variant": "compat" }),
      container({}, { "module.wasm.image/variant": "smart" }),
    ],
    right: [container({}, WASM), container({}, { "module.wasm.image/variant": "compat" })],
  },
  "wasm-read-only-root": {
    wrong: [container({}, WASM), container({ securityContext: { readOnlyRootFilesystem: false } }, WASM)],
    right: [container({ securityContext: { readOnlyRootFilesystem: true } }, WASM), container({})],
  },
  "wasm-service-account-token": {
    wrong: [pods({ containers: [] }, WASM)],
    right: [pods({ automountServiceAccountToken: false, containers: [] }, WASM), pods({ containers: [] })],
  },
  "wasm-class-scheduling": {
    wrong: [runtimeClass({ handler: "crun" }), runtimeClass({ handler: "crun", scheduling: { nodeSelector: {} } })],
    right: [
      runtimeClass({ handler: "crun", scheduling: { nodeSelector: { "ofwasm.dev/wasmedge": "proved" } } }),
      runtimeClass({ handler: "gvisor" }),
    ],
  },
  "kubernetes-privileged": {
    wrong: [secured({ privileged: true })],
    right: [secured({ privileged: false }), secured({}), secured({ privileged: UNKNOWN })],
  },
  "kubernetes-privileged-build": {
    wrong: [strategy({ spec: { buildSteps: [{ name: "build", securityContext: { privileged: true } }] } })],
    right: [strategy({ spec: { buildSteps: [{ name: "build", securityContext: { runAsUser: 0 } }] } })],
  },
  "kubernetes-privilege-escalation": {
    wrong: [secured({}), secured({ allowPrivilegeEscalation: true })],
    right: [secured({ allowPrivilegeEscalation: false })],
  },
  "kubernetes-capabilities": {
    wrong: [secured({ capabilities: { add: ["NET_BIND_SERVICE", "SYS_ADMIN"] } })],
    right: [secured({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }), secured({})],
  },
  "kubernetes-host-path": {
    wrong: [pods({ volumes: [{ name: "run", hostPath: { path: "/run" } }], containers: [] })],
    right: [pods({ volumes: [{ name: "run", emptyDir: {} }], containers: [] })],
  },
  "kubernetes-host-namespaces": {
    wrong: [pods({ hostNetwork: true, containers: [] }), container({ ports: [{ containerPort: 80, hostPort: 80 }] })],
    right: [
      container({ ports: [{ containerPort: 80 }] }),
      pods({ hostNetwork: false, hostPID: false, containers: [] }),
    ],
  },
  "kubernetes-requests": {
    wrong: [container({}), container({ resources: { requests: { cpu: "1" } } })],
    right: [
      container({ resources: { requests: { cpu: "1", memory: "1Mi" } } }),
      container({ resources: { requests: { cpu: "1" }, limits: { memory: "1Mi" } } }),
      container({ resources: UNKNOWN }),
    ],
  },
  "kubernetes-memory-limit": {
    wrong: [container({ resources: { limits: { cpu: "1" } } })],
    right: [container({ resources: { limits: { memory: "1Mi" } } })],
  },
  "kubernetes-root-user": {
    wrong: [container({}), pods({ securityContext: { runAsNonRoot: false }, containers: [{ name: "a" }] })],
    right: [
      pods({ securityContext: { runAsNonRoot: true }, containers: [{ name: "a" }] }),
      secured({ runAsNonRoot: true }),
    ],
  },
  "kubernetes-secret-in-environment": {
    wrong: [container({ env: [{ name: "DB_PASSWORD", value: "hunter2" }] })],
    right: [
      container({ env: [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "word" } } }] }),
      container({ env: [{ name: "PORT", value: "8080" }] }),
    ],
  },
  "kubernetes-default-namespace": {
    wrong: [
      kubernetes("core/v1:Pod")({ metadata: { name: "a", namespace: "default" }, spec: {} }),
      kubernetes("core/v1:Pod")({ metadata: { name: "a" }, spec: {} }),
    ],
    right: [container({}), kubernetes("core/v1:Pod")({ metadata: { namespace: UNKNOWN }, spec: {} })],
  },
  "kubernetes-one-replica": {
    wrong: [replicas(1, true), replicas(undefined, true)],
    right: [replicas(1, false), replicas(2, true), replicas(UNKNOWN, true)],
  },
  "kubernetes-cluster-admin": {
    wrong: [binding(bound("cluster-admin", ACCOUNT))],
    right: [binding(bound("view", ACCOUNT))],
  },
  "kubernetes-wildcard-rights": {
    wrong: [role(rules(rule([""], ["pods"], ["*"]))), clusterRole(rules(rule(["*"], ["pods"], ["get"])))],
    right: [role(rules(rule([""], ["pods", "pods/log"], ["get", "list"])))],
  },
  "kubernetes-escalating-rights": {
    wrong: [clusterRole(rules(rule(["rbac.authorization.k8s.io"], ["clusterroles"], ["bind"])))],
    right: [clusterRole(rules(rule(["rbac.authorization.k8s.io"], ["clusterroles"], ["get"])))],
  },
  "kubernetes-every-secret": {
    wrong: [clusterRole(rules(rule([""], ["configmaps", "secrets"], ["list"])))],
    right: [
      role(rules(rule([""], ["secrets"], ["list"]))),
      clusterRole(rules({ ...rule([""], ["secrets"], ["get"]), resourceNames: ["one"] })),
      clusterRole(rules(rule([""], ["secrets"], ["create"]))),
    ],
  },
  "kubernetes-anonymous-rights": {
    wrong: [binding(bound("view", { kind: "User", name: "system:anonymous" }))],
    right: [binding(bound("view", ACCOUNT))],
  },
  "kubernetes-load-balancer-sources": {
    wrong: [
      service({ spec: { type: "LoadBalancer" } }, { production: true }),
      service({ spec: { type: "LoadBalancer", loadBalancerSourceRanges: ["0.0.0.0/0"] } }, { production: true }),
    ],
    right: [
      service({ spec: { type: "LoadBalancer" } }),
      service({ spec: { type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/24"] } }, { production: true }),
      service({ spec: { type: "ClusterIP" } }, { production: true }),
    ],
  },
  "kubernetes-node-port": {
    wrong: [service({ spec: { type: "NodePort" } }, { production: true })],
    right: [service({ spec: { type: "NodePort" } }), service({ spec: {} }, { production: true })],
  },
  "kubernetes-external-ips": {
    wrong: [service({ spec: { externalIPs: ["192.0.2.1"] } })],
    right: [service({ spec: { externalIPs: [] } })],
  },
  "kubernetes-pod-security": {
    wrong: [namespace({ metadata: { name: "team" } })],
    right: [
      namespace({ metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } }),
      namespace({ metadata: UNKNOWN }),
    ],
  },
  "kubernetes-secret-in-state": {
    wrong: [secretObject({ stringData: { word: "hunter2" } }), secretObject({ data: { word: "aHVudGVyMg==" } })],
    right: [
      secretObject({ stringData: secret({ word: "hunter2" }) }),
      secretObject({ data: { word: secret("aHVudGVyMg==") } }),
      secretObject({ data: { word: UNKNOWN } }),
    ],
  },
  "kubernetes-secret-in-config-map": {
    wrong: [configMap({ data: { key: "-----BEGIN RSA PRIVATE KEY-----\nAAAA" } })],
    right: [configMap({ data: { "ca.crt": "-----BEGIN CERTIFICATE-----\nAAAA" } })],
  },
  "kubernetes-lasting-token": {
    wrong: [secretObject({ type: "kubernetes.io/service-account-token" })],
    right: [secretObject({ type: "Opaque" })],
  },
};
