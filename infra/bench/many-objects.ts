/**
 * YAML of many objects that refer to each other as those of charts do: groups of a namespace, a definition, an object
 * of it, and a workload with its account, role, configuration and Service.
 *
 * @param count how many objects at least; whole groups are made
 */
export function manyObjects(count: number): string {
  const groups = Math.ceil(count / groupOf(0).length);
  const objects = Array.from({ length: groups }, (_, index) => groupOf(index)).flat();
  return objects.map((object) => `---\n${JSON.stringify(object)}\n`).join("");
}

function groupOf(index: number): object[] {
  const name = `part-${index}`;
  const metadata = { name, namespace: name, labels: { "app.kubernetes.io/name": name } };
  const cluster = { name, labels: metadata.labels };
  const group = `${name}.example.org`;
  const rbac = "rbac.authorization.k8s.io";
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: cluster },
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `things.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind: `Thing${index}`, plural: "things" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: wideSchema } }],
      },
    },
    { apiVersion: `${group}/v1`, kind: `Thing${index}`, metadata, spec: { field0: "value" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRole",
      metadata: cluster,
      rules: [{ apiGroups: [group], resources: ["things"], verbs: ["get", "list", "watch"] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: cluster,
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: name }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "config.yaml": "key: value\n".repeat(50) } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        selector: { matchLabels: metadata.labels },
        template: {
          metadata: { labels: metadata.labels },
          spec: {
            serviceAccountName: name,
            containers: [{ name, image: `registry.example.org/${name}:1.0`, envFrom: [{ configMapRef: { name } }] }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: metadata.labels, ports: [{ port: 80 }] },
    },
  ];
}

/** As large as those of charts: some kilobytes. */
const wideSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [
          `field${index}`,
          { type: "string", description: "What this field is for, at the length that such texts have. ".repeat(2) },
        ]),
      ),
    },
  },
};
