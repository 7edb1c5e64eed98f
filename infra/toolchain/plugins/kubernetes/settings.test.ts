import { access } from "./kubeconfig";
import { readSettings, refusedSettings, settingsDifference, storedSettings } from "./settings";
import { isSecret, UNKNOWN } from "./values";

const kubeconfig = (server: string, token = "one"): string =>
  JSON.stringify({
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "k", user: "u", namespace: "spaced" } }],
    clusters: [{ name: "k", cluster: { server } }],
    users: [{ name: "u", user: { token } }],
  });
const A = "https://a:6443";
const B = "https://b:6443";

describe("settingsDifference", () => {
  test.each([
    ["nothing changed", { kubeconfig: kubeconfig(A) }, { kubeconfig: kubeconfig(A) }, [], []],
    ["new credentials", { kubeconfig: kubeconfig(A) }, { kubeconfig: kubeconfig(A, "two") }, ["kubeconfig"], []],
    ["another cluster", { kubeconfig: kubeconfig(A) }, { kubeconfig: kubeconfig(B) }, ["kubeconfig"], ["kubeconfig"]],
    ["unknown", { kubeconfig: kubeconfig(A) }, { kubeconfig: UNKNOWN }, ["kubeconfig"], ["kubeconfig"]],
    [
      "identified, another address",
      { clusterIdentifier: "i", kubeconfig: kubeconfig(A) },
      { clusterIdentifier: "i", kubeconfig: kubeconfig(B) },
      ["kubeconfig"],
      [],
    ],
    [
      "identified, unknown",
      { clusterIdentifier: "i", kubeconfig: kubeconfig(A) },
      { clusterIdentifier: "i", kubeconfig: UNKNOWN },
      ["kubeconfig"],
      [],
    ],
    [
      "another identifier",
      { clusterIdentifier: "i", kubeconfig: kubeconfig(A) },
      { clusterIdentifier: "j", kubeconfig: kubeconfig(A) },
      ["clusterIdentifier"],
      ["clusterIdentifier"],
    ],
    [
      "identifier added",
      { kubeconfig: kubeconfig(A) },
      { clusterIdentifier: "i", kubeconfig: kubeconfig(A) },
      ["clusterIdentifier"],
      [],
    ],
    ["another option", { namespace: "a" }, { namespace: "b" }, ["namespace"], []],
  ])("%s", (_, olds, news, changed, replaces) => {
    expect(settingsDifference(olds, news)).toEqual({ changed, replaces });
  });
});

describe("settings", () => {
  test("booleans come as the SDK's text", () => {
    expect(readSettings({ enablePatchForce: "true", deleteUnreachable: "false" })).toMatchObject({
      force: true,
      deleteUnreachable: false,
    });
  });

  test("what only the official plugin does is refused", () => {
    expect(refusedSettings({ enableServerSideApply: "true", renderYamlToDirectory: "" })).toEqual([]);
    expect(
      refusedSettings({ enableServerSideApply: "false", renderYamlToDirectory: "x" }).map((f) => f.property),
    ).toEqual(["enableServerSideApply", "renderYamlToDirectory"]);
  });

  test("a kubeconfig is stored as a secret", () => {
    expect(isSecret(storedSettings({ kubeconfig: kubeconfig(A) }).kubeconfig)).toBe(true);
    expect(storedSettings({ kubeconfig: UNKNOWN }).kubeconfig).toBe(UNKNOWN);
  });
});

describe("access", () => {
  test("reads JSON and YAML", () => {
    const expected = { server: new URL(A), token: "one", namespace: "spaced", insecure: false };
    expect(access({ kubeconfig: kubeconfig(A) })).toMatchObject(expected);
    const yaml = `
current-context: c
contexts: [{name: c, context: {cluster: k, user: u, namespace: spaced}}]
clusters:
- name: k
  cluster: {server: "${A}"}
users: [{name: u, user: {token: one}}]
`;
    expect(access({ kubeconfig: yaml })).toMatchObject(expected);
  });

  test("errors say what is missing and never quote the text", () => {
    expect(() => access({ kubeconfig: kubeconfig(A), context: "other" })).toThrow(/no context other/);
    expect(() => access({ kubeconfig: "/nonexistent/kubeconfig" })).toThrow(
      /kubeconfig \/nonexistent\/kubeconfig does not exist/,
    );
    const broken = "users: [{token: very-secret\nfoo";
    expect(() => access({ kubeconfig: broken })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("very-secret") }),
    );
  });
});
