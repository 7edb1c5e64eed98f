import { difference, formatPath, parsePath, withLiveValues } from "./diff";
import { immutableFields } from "./immutable";
import { parseToken } from "./tokens";
import { type Properties, UNKNOWN } from "./values";

const mutable = { configMaps: true, secrets: true };

function diff(
  token: string,
  olds: Properties,
  news: Properties,
  extra: { ignored?: string[]; live?: () => Properties } = {},
) {
  const of = parseToken(token, news);
  const { changes, replaces } = difference(olds, news, { immutable: immutableFields(of, news, mutable), ...extra });
  return { changes: Object.fromEntries([...changes].map(([path, change]) => [path, change.kind])), replaces };
}

const service = "kubernetes:core/v1:Service";
const deployment = "kubernetes:apps/v1:Deployment";

describe("difference", () => {
  test("equal inputs have none, absent and null are the same", () => {
    expect(diff(service, { spec: { a: null, ports: [{ port: 1 }] } }, { spec: { ports: [{ port: 1 }] } })).toEqual({
      changes: {},
      replaces: [],
    });
  });

  test("names what was added, changed and removed, with the engine's paths", () => {
    const olds = { metadata: { labels: { "app.kubernetes.io/name": "a", gone: "x" } }, spec: { ports: [{ port: 1 }] } };
    const news = {
      metadata: { labels: { "app.kubernetes.io/name": "b" } },
      spec: { ports: [{ port: 1 }, { port: 2 }] },
    };
    expect(diff(service, olds, news)).toEqual({
      changes: {
        'metadata.labels["app.kubernetes.io/name"]': "update",
        "metadata.labels.gone": "delete",
        "spec.ports[1]": "add",
      },
      replaces: [],
    });
  });

  test.each([
    ["kubernetes:core/v1:ConfigMap", { metadata: { name: "a" } }, { metadata: { name: "b" } }, "metadata.name"],
    [
      deployment,
      { spec: { selector: { matchLabels: { a: "1" } } } },
      { spec: { selector: { matchLabels: { a: "2" } } } },
      "spec.selector.matchLabels.a",
    ],
    ["kubernetes:node.k8s.io/v1:RuntimeClass", { handler: "a" }, { handler: "b" }, "handler"],
    [
      "kubernetes:batch/v1:Job",
      { spec: { template: { spec: { a: 1 } } } },
      { spec: { template: { spec: { a: 2 } } } },
      "spec.template.spec.a",
    ],
    [
      "kubernetes:core/v1:Secret",
      { immutable: true, data: { a: "1" } },
      { immutable: true, data: { a: "2" } },
      "data.a",
    ],
    [
      "kubernetes:core/v1:Pod",
      { spec: { containers: [{ image: "a" }] } },
      { spec: { containers: [{ image: "b" }] } },
      "spec.containers[0].image",
    ],
    ["kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", { roleRef: { name: "a" } }, {}, "roleRef"],
  ])("%s: a change of an immutable field replaces", (token, olds, news, path) => {
    expect(diff(token, olds as Properties, news as Properties).replaces).toEqual([path]);
  });

  test("a change beside an immutable field does not replace", () => {
    const spec = (image: string): Properties => ({
      spec: { selector: { matchLabels: { a: "1" } }, template: { spec: { containers: [{ image }] } } },
    });
    expect(diff(deployment, spec("a"), spec("b")).replaces).toEqual([]);
  });

  test("an immutable field written down with the value it has does not replace", () => {
    const live = () => ({ spec: { clusterIP: "10.0.0.1" } });
    const news = { spec: { clusterIP: "10.0.0.1" } };
    expect(diff(service, { spec: {} }, news, { live }).replaces).toEqual([]);
    expect(diff(service, { spec: {} }, { spec: { clusterIP: "10.0.0.2" } }, { live }).replaces).toEqual([
      "spec.clusterIP",
    ]);
  });

  test("an unknown value counts as changed", () => {
    expect(diff(service, { spec: { a: "1" } }, { spec: { a: UNKNOWN } }).changes).toEqual({ "spec.a": "update" });
    expect(diff(service, { spec: { clusterIP: "1" } }, { spec: { clusterIP: UNKNOWN } }).replaces).toEqual([
      "spec.clusterIP",
    ]);
  });

  test("ignored paths are left out, with everything below them", () => {
    const result = diff(
      deployment,
      { spec: { replicas: 1, x: { y: 1 } } },
      { spec: { replicas: 2, x: { y: 2 } } },
      {
        ignored: ["spec.replicas", "spec.x"],
      },
    );
    expect(result.changes).toEqual({});
  });

  test("patches replace for another object only", () => {
    const token = "kubernetes:apps/v1:DeploymentPatch";
    expect(
      diff(
        token,
        { kind: "Deployment", spec: { selector: { a: 1 } } },
        { kind: "Deployment", spec: { selector: { a: 2 } } },
      ).replaces,
    ).toEqual([]);
  });

  test("paths survive being written and read", () => {
    const steps = ["metadata", "annotations", 'a.b/c"d', "list", 3, "x"];
    expect(parsePath(formatPath(steps))).toEqual(steps.map(String));
  });

  test("ignored fields are applied with the value they have", () => {
    const object = { spec: { replicas: 1, containers: [{ name: "a", image: "1" }], mine: 1 } };
    const live = { spec: { replicas: 5, containers: [{ name: "a", image: "2" }], mine: 2, other: 3 } };
    expect(withLiveValues(object, live, ["spec.replicas", "spec.containers[*].image", "spec.other"])).toEqual({
      spec: { replicas: 5, containers: [{ name: "a", image: "2" }], mine: 1 },
    });
  });
});
