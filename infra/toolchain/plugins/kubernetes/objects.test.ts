import { importedInputs, liveOf, objectId, refreshInputs, toKubernetes, toState } from "./objects";
import { isSecret, type Properties, plain, secret } from "./values";

describe("refreshInputs", () => {
  const inputs = { kind: "Deployment", spec: { cpu: "1000m", list: [{ a: 1 }], keep: true } };
  const seen: Properties & { spec: Properties } = {
    kind: "Deployment",
    spec: { cpu: "1", list: [{ a: 1, filled: 2 }], keep: true, theirs: 1 },
  };

  test("what the server spells its own way or fills in is no change", () => {
    expect(refreshInputs(inputs, seen, { ...seen, status: { x: 1 } })).toEqual(inputs);
  });

  test("what others changed in our fields shows, what they did elsewhere does not", () => {
    const live = { kind: "Deployment", spec: { cpu: "2", list: [{ a: 7, filled: 3 }], theirs: 2 } };
    expect(refreshInputs(inputs, seen, live)).toEqual({ kind: "Deployment", spec: { cpu: "2", list: [{ a: 7 }] } });
  });

  test("an element that somebody added shows", () => {
    const live: Properties = { kind: "Deployment", spec: { ...seen.spec, list: [{ a: 1, filled: 2 }, { a: 2 }] } };
    expect(refreshInputs(inputs, seen, live).spec).toMatchObject({ list: [{ a: 1, filled: 2 }, { a: 2 }] });
  });

  test("a secret written as stringData is compared with the data it became", () => {
    const base = { apiVersion: "v1", kind: "Secret" };
    const written = { ...base, stringData: { a: "old" } };
    const data = (text: string): Properties => ({ ...base, data: { a: Buffer.from(text).toString("base64") } });
    expect(refreshInputs(written, data("old"), data("old"))).toEqual(written);
    expect(refreshInputs(written, data("old"), data("new"))).toEqual({ ...base, stringData: { a: "new" } });
  });
});

describe("importedInputs", () => {
  const live: Properties = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "a",
      namespace: "b",
      uid: "1",
      resourceVersion: "2",
      creationTimestamp: "now",
      labels: { ours: "1", theirs: "2" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
    data: { x: "1", y: "2" },
    status: {},
  };

  test("leaves out what the server fills in", () => {
    expect(importedInputs(live)).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "b", labels: { ours: "1", theirs: "2" } },
      data: { x: "1", y: "2" },
    });
  });

  test("takes the applied fields where somebody applied", () => {
    const managedFields: Properties[] = [
      { operation: "Update", fieldsV1: { "f:data": { "f:y": {} } } },
      { operation: "Apply", fieldsV1: { "f:metadata": { "f:labels": { "f:ours": {} } }, "f:data": { "f:x": {} } } },
    ];
    const metadata = { ...(live.metadata as Properties), managedFields };
    expect(importedInputs({ ...live, metadata })).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "b", labels: { ours: "1" } },
      data: { x: "1" },
    });
  });

  test("finds applied list elements by their keys", () => {
    const fields = { "f:spec": { "f:ports": { 'k:{"port":80}': { ".": {}, "f:port": {}, "f:name": {} } } } };
    const object: Properties = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "a", managedFields: [{ operation: "Apply", fieldsV1: fields }] },
      spec: {
        ports: [
          { port: 80, name: "http", protocol: "TCP" },
          { port: 81, name: "other" },
        ],
      },
    };
    expect(importedInputs(object).spec).toEqual({ ports: [{ port: 80, name: "http" }] });
  });
});

describe("state", () => {
  test("keeps secret what the inputs have secret, and all of a Secret", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap", data: { a: secret("hidden"), b: "open" } };
    const live = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { managedFields: [1] },
      data: { a: "hidden", b: "open" },
    };
    const state = toState(live, inputs, "me");
    expect(isSecret((state.data as Properties).a)).toBe(true);
    expect((state.data as Properties).b).toBe("open");
    expect(state.metadata).toEqual({});
    const vault = toState({ apiVersion: "v1", kind: "Secret", data: { a: "aA==" } }, {}, "me");
    expect(isSecret(vault.data)).toBe(true);
    expect(liveOf(vault)).toEqual({ apiVersion: "v1", kind: "Secret", data: { a: "aA==" }, metadata: {} });
  });

  test("spells the schemas of definitions as the SDK and as Kubernetes do", () => {
    const live = { kind: "CustomResourceDefinition", spec: { schema: { "x-kubernetes-int-or-string": true } } };
    const state = toState(live, {}, "me");
    expect(plain(state.spec!)).toEqual({ schema: { x_kubernetes_int_or_string: true } });
    expect(toKubernetes(liveOf(state)).spec).toEqual(live.spec);
  });

  test("ids", () => {
    expect(objectId({ metadata: { name: "a", namespace: "b" } })).toBe("b/a");
    expect(objectId({ metadata: { name: "a" } })).toBe("a");
  });
});
