import { stringify } from "yaml";
import { kubeconfigMistakes, kubeconfigText } from "./existing";

const CLUSTER = { server: "https://192.0.2.1:6443", "certificate-authority-data": "Q0E=" };
const USER: Record<string, unknown> = { token: "hunter2" };

const config = (change: Record<string, unknown> = {}, cluster = {}, user = USER): string =>
  stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { ...CLUSTER, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "admin", context: { cluster: "c", user: "u" } }],
    "current-context": "admin",
    ...change,
  });

const mistakes = (kubeconfig: string, kubeContext?: string) =>
  kubeconfigMistakes({ kubeconfig, ...(kubeContext === undefined ? {} : { kubeContext }) });

const exec = { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "aws", args: ["eks", "get-token"] } };

test.each([
  ["none", ""],
  ["YAML", config()],
  [
    "JSON",
    JSON.stringify({
      clusters: [{ name: "c", cluster: CLUSTER }],
      users: [{ name: "u", user: USER }],
      contexts: [{ name: "x", context: {} }],
    }),
  ],
  ["credentials of a plugin", config({}, {}, exec)],
])("a kubeconfig may be %s", (_, text) => expect(kubeconfigText(text)).toEqual({ value: text }));

test.each([
  ["no YAML", "token: [hunter2", /YAML or JSON object/],
  ["a path", "/root/.kube/config", /YAML or JSON object/],
  ["no contexts", config({ contexts: [] }), /with contexts, a list of \{name, context\}/],
  ["nothing of it", "token: hunter2", /with clusters, .* and with contexts, .* and with users, /],
])("a kubeconfig is not %s, and the message repeats nothing of it", (_, text, allowed) => {
  const result = kubeconfigText(text) as { allowed: string };
  expect(result.allowed).toMatch(allowed);
  expect(result.allowed).not.toContain("hunter2");
});

test.each<[string, string, string | undefined, RegExp[]]>([
  ["works", config(), undefined, []],
  ["works in a context that is named", config({ "current-context": "" }), "admin", []],
  ["is not there for its context", "", "admin", [/nothing without kubeconfig/]],
  ["has no such context", config(), "other", [/one of admin, which the kubeconfig has/]],
  ["has no current context", config({ "current-context": "" }), undefined, [/one of admin: none of them is/]],
  [
    "names no cluster and no user of its own",
    config({ contexts: [{ name: "admin", context: { cluster: "x", user: "y" } }] }),
    undefined,
    [/one of its clusters, c/, /one of its users, u/],
  ],
  [
    "has files, plain HTTP and an old login",
    config(
      {},
      { server: "http://a", "certificate-authority": "ca.pem" },
      { "client-key": "key.pem", "auth-provider": {} },
    ),
    undefined,
    [/https:/, /certificate-authority-data in place/, /without auth-provider/, /client-key-data in place/],
  ],
  ["trusts anybody", config({}, { "insecure-skip-tls-verify": true }), undefined, [/checks the server's certificate/]],
])("a kubeconfig that %s", (_, text, context, expected) => {
  const found = mistakes(text, context);
  expect(found).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(found[index]?.allowed).toMatch(pattern);
  expect(JSON.stringify(found)).not.toContain("hunter2");
});
