import type { KubernetesObject } from "../../../components/manifests";
import { admittedUnder } from "./pod-security";

const STRICT = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const deployment = (pod: object): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "one" },
  spec: { template: { spec: pod } },
});

const withContext = (change: object): object => ({ containers: [{ securityContext: { ...STRICT, ...change } }] });

test.each([
  ["privileged", { containers: [{ securityContext: { privileged: true } }] }],
  ["privileged", { initContainers: [{ securityContext: { privileged: true } }], containers: [{}] }],
  ["privileged", { hostNetwork: true, containers: [{}] }],
  ["privileged", { volumes: [{ name: "a", hostPath: { path: "/" } }], containers: [{}] }],
  ["privileged", { containers: [{ ports: [{ hostPort: 80 }] }] }],
  ["privileged", { containers: [{ securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }] }],
  ["baseline", { containers: [{ securityContext: { capabilities: { add: ["SETFCAP"] } } }] }],
  ["baseline", { hostNetwork: false, containers: [{ ports: [{ containerPort: 80 }] }] }],
  ["restricted", withContext({})],
  ["restricted", { ...withContext({ runAsNonRoot: undefined }), securityContext: { runAsNonRoot: true } }],
  ["baseline", withContext({ capabilities: { drop: ["all"] } })],
  ["baseline", withContext({ runAsUser: 0 })],
  ["baseline", withContext({ seccompProfile: undefined })],
  ["baseline", withContext({ allowPrivilegeEscalation: undefined })],
  ["baseline", { ...withContext({}), volumes: [{ name: "a", nfs: {} }] }],
])("%s lets in %j", (level, pod) => {
  expect(admittedUnder(deployment(pod))).toBe(level);
});

test("what makes no pods needs no level; those of a CronJob are found", () => {
  expect(admittedUnder({ apiVersion: "v1", kind: "Service", metadata: { name: "one" }, spec: {} })).toBeUndefined();
  const spec = { jobTemplate: { spec: { template: { spec: { hostPID: true, containers: [{}] } } } } };
  expect(admittedUnder({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "one" }, spec })).toBe(
    "privileged",
  );
});
