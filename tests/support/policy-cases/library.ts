import { type PropertyMap, secret, UNKNOWN } from "../../../infra/toolchain/plugins/host/values";
import { type Cases, ofType } from "./case";

const remote = ofType("command:remote:Command");
const local = ofType("command:local:Command");
const copy = ofType("command:remote:CopyToRemote");
const provider = ofType("pulumi:providers:kubernetes");
const awsProvider = ofType("pulumi:providers:aws");
const dynamic = ofType("pulumi-nodejs:dynamic:Resource");
const release = ofType("kubernetes:helm.sh/v3:Release");
const vpc = ofType("aws:ec2/vpc:Vpc");

const HOST_KEY = "ssh-ed25519 AAAA";
const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA";

const connection = (fields: PropertyMap): PropertyMap => ({
  connection: { host: "192.0.2.1", hostKey: HOST_KEY, ...fields },
});

export const libraryCases: Readonly<Record<string, Cases>> = {
  "command-host-key": {
    wrong: [
      remote({ connection: { host: "192.0.2.1" } }),
      copy(connection({ proxy: { host: "192.0.2.2", user: "x" } })),
      remote({ connection: secret({ host: "192.0.2.1", hostKey: "" }) }),
    ],
    right: [
      remote(connection({})),
      remote(connection({ proxy: { host: "192.0.2.2", hostKey: HOST_KEY } })),
      remote({ connection: UNKNOWN }),
      remote({ connection: secret(UNKNOWN) }),
    ],
  },
  "command-password-login": {
    wrong: [remote({ connection: secret({ hostKey: HOST_KEY, password: "hunter2" }) })],
    right: [remote(connection({})), remote({ connection: UNKNOWN })],
  },
  "command-secret-connection": {
    wrong: [
      remote(connection({ privateKey: KEY })),
      copy(connection({ proxy: { hostKey: HOST_KEY, privateKey: KEY } })),
    ],
    right: [
      remote(connection({ privateKey: secret(KEY) })),
      remote({ connection: secret({ hostKey: HOST_KEY, privateKey: KEY }) }),
      remote({ connection: UNKNOWN }),
    ],
  },
  "command-secret-on-command-line": {
    wrong: [remote({ create: secret("login --password hunter2") }), local({ create: `echo '${KEY}' > key` })],
    right: [remote({ create: "bash -s up", stdin: secret("hunter2") })],
  },
  "command-secret-input": {
    wrong: [local({ stdin: `key=${KEY}` })],
    right: [local({ stdin: secret(`key=${KEY}`) }), local({ stdin: "a=b" }), local({ stdin: UNKNOWN })],
  },
  "command-secret-environment": {
    wrong: [local({ environment: { DB_PASSWORD: "hunter2" } })],
    right: [
      local({ environment: { DB_PASSWORD: secret("hunter2"), PORT: "1" } }),
      local({ environment: secret({ DB_PASSWORD: "hunter2" }) }),
      local({ environment: { API_TOKEN: UNKNOWN } }),
    ],
  },
  "command-piped-download": {
    wrong: [
      remote({ create: "curl -fsSL https://example.org/install.sh | sudo -E bash -" }),
      local({ stdin: "wget -qO- https://example.org/x | sh\n" }),
    ],
    right: [remote({ create: "curl https://example.org/x | jq .version" }), remote({ create: "echo true | sh" })],
  },
  "command-pinned-download": {
    wrong: [local({ create: "curl -o x https://example.org/v1/x.tar.gz && tar xf x" })],
    right: [
      local({ create: 'curl -o x https://example.org/v1/x && echo "$SUM  x" | sha256sum -c' }),
      local({ create: "curl http://127.0.0.1/ready >/dev/null; true", stdin: UNKNOWN }),
      local({ create: "echo https://example.org" }),
    ],
  },
  "command-remote-asset": {
    wrong: [
      copy({
        source: {
          "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
          uri: "https://example.org/x",
        },
      }),
    ],
    right: [copy({ source: { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path: "/x" } })],
  },
  "stack-protected": {
    wrong: [
      vpc({}, { production: true }),
      local({}, { name: "prod-0-machine", production: true }),
      remote({}, { name: "prod-cluster-control-plane", production: true }),
    ],
    right: [
      vpc({}, { production: true, protect: true }),
      vpc({}),
      remote({}, { name: "prod-0-runtime-transaction", production: true }),
    ],
  },
  "stack-objects": {
    wrong: [release({ chart: "x" })],
    right: [ofType("kubernetes:core/v1:ConfigMap")({})],
  },
  "stack-code-in-state": {
    wrong: [dynamic({ __provider: "…" })],
    right: [local({ create: "true" })],
  },
  "stack-secret-kubeconfig": {
    wrong: [provider({ kubeconfig: "apiVersion: v1" })],
    right: [provider({ kubeconfig: secret("apiVersion: v1") }), provider({ kubeconfig: UNKNOWN })],
  },
  "stack-cluster-identifier": {
    wrong: [provider({ kubeconfig: secret("apiVersion: v1") })],
    right: [provider({ clusterIdentifier: UNKNOWN })],
  },
  "stack-aws-keys": {
    wrong: [awsProvider({ region: "eu-central-1", secretKey: secret("hunter2") })],
    right: [awsProvider({ region: "eu-central-1", profile: "team" })],
  },
};
