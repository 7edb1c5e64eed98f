import { scriptInput } from "../../components/remote";
import { SIGNATURE } from "../toolchain/plugins/host/values";
import { declaredStack } from "./declared";

/** A secret as an export with secrets has it. */
const secret = (value: unknown) => ({
  [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

const blob = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from("ssh-ed25519"), Buffer.alloc(36)]);
const connection = {
  host: "192.0.2.1",
  hostKey: `ssh-ed25519 ${blob.toString("base64")}`,
  privateKey: "KEY",
  dialErrorLimit: 30,
};

const command = (types: string, name: string, inputs: Record<string, unknown>, outputs = {}) => ({
  urn: `urn:pulumi:dev::openfunction-wasm::${types}::${name}`,
  type: types.split("$").at(-1),
  inputs,
  outputs,
});

const exported = JSON.stringify({
  deployment: {
    resources: [
      command(
        "pulumi:pulumi:Stack",
        "openfunction-wasm-dev",
        {},
        {
          kubeconfig: secret("apiVersion: v1"),
          platform: { workloads: [], withheld: ["ValidatingWebhookConfiguration/judge"] },
        },
      ),
      command("ofwasm:index:NodeRuntime$command:remote:Command", "a-runtime-transaction", {
        connection: secret(connection),
        create: "exec bash -s apply # script abc",
        stdin: scriptInput("script", { generation: "g1" }),
      }),
      command("ofwasm:index:KubeadmCluster$command:remote:Command", "dev-cluster-a-join", {
        connection: secret(connection),
        create: "exec bash -s up # script abc",
        stdin: secret(scriptInput("script", { cluster_id: "id", node_name: "a", token: "word" })),
      }),
      command("ofwasm:index:NodeImage$command:remote:Command", "a-image-import", {
        connection: secret(connection),
        create: "exec bash -s up",
        stdin: scriptInput("script", { reference: "x" }),
      }),
      command("kubernetes:core/v1:NodePatch", "wasm-a", {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "a", labels: { x: "y" } },
      }),
      {
        ...command("kubernetes:core/v1:Node", "old", { apiVersion: "v1", kind: "Node", metadata: { name: "b" } }),
        delete: true,
      },
      command("pulumi:providers:kubernetes", "provider", { kubeconfig: secret("apiVersion: v1") }),
      command(
        "ofwasm:index:Certificates$command:local:Command",
        "dapr-certificates-made",
        {},
        {
          stdout: secret(JSON.stringify({ certificates: { issuer: { certificate: "PEM\n", privateKey: "KEY" } } })),
        },
      ),
    ],
  },
});

test("a machine has the login of its scripts, with the run that gave it the runtime and the one that made it a node", () => {
  const { machines } = declaredStack("dev", exported);
  expect(machines).toHaveLength(1);
  expect(machines[0]).toMatchObject({
    name: "a",
    endpoint: { host: "192.0.2.1", port: 22, user: "root", privateKey: "KEY" },
    runtime: { inputs: { generation: "g1" } },
    node: { inputs: { node_name: "a", token: "word" } },
  });
});

test("objects of the cluster are declared as the program gave them, providers and what was replaced are none", () => {
  const body = { apiVersion: "v1", kind: "Node", metadata: { name: "a", labels: { x: "y" } } };
  expect(declaredStack("dev", exported).objects).toEqual([
    { apiVersion: "v1", kind: "Node", namespace: undefined, name: "a", body },
  ]);
});

test("the kubeconfig, what was left out, and who made a certificate come from the state too", () => {
  const declared = declaredStack("dev", exported);
  expect(declared).toMatchObject({
    kubeconfig: "apiVersion: v1",
    withheld: ["ValidatingWebhookConfiguration/judge"],
  });
  expect([...declared.makers]).toEqual([["PEM", "dapr-certificates-made"]]);
});

test("a stack with nothing in it declares nothing", () => {
  expect(declaredStack("dev", '{"deployment":{}}')).toMatchObject({ machines: [], objects: [], kubeconfig: undefined });
});
