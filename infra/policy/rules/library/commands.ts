import { isInTheOpen, type Resource, type Rule, when } from "../../rule";
import { at, fields, isMissing, text, type Value } from "../../values";
import { PRIVATE_KEY, SECRET_NAME } from "../secrets";

const REMOTE = /^command:remote:/;
const onRemote = (type: string): boolean => REMOTE.test(type);
const onCommands = (type: string): boolean => /^command:(remote|local):Command$/.test(type);

/** What runs, and what is there to be read by everybody who may list the processes of the machine. */
const LINES = ["create", "update", "delete"];

/** `curl … | sh` and its like. */
const PIPED = /\b(curl|wget)\b[^\n|;]*\|\s*(sudo\s+)?(-\S+\s+)*(ba|da|z)?sh\b/;

/** From elsewhere: a service of the machine's own is only asked. */
const DOWNLOAD = /\b(?:curl|wget)\b[^\n;|&]*?(https?:\/\/(?!localhost\b|127\.)[^\s'"$]+)/g;

/** How a script would compare what it got. */
const CHECKED = /sha(256|512)sum|openssl dgst|[0-9a-f]{64}/;

/** The connection and the one to the bastion before it, by their paths. */
const hops = ({ inputs }: Resource): { path: string[]; hop: Value | undefined }[] =>
  [["connection"], ["connection", "proxy"]]
    .map((path) => ({ path, hop: at(inputs, ...path) }))
    .filter(({ path, hop }) => path.length === 1 || !isMissing(hop));

/** Everything of a command that is text, by where it is. */
const writtenIn = ({ inputs }: Resource): [string, string][] =>
  [...LINES, "stdin"].flatMap((field) => {
    const known = text(inputs[field]);
    return known === undefined ? [] : [[field, known] as [string, string]];
  });

export const commandRules: readonly Rule[] = [
  {
    name: "command-host-key",
    description: "Every SSH connection checks whom it speaks to.",
    level: "mandatory",
    remedy: "give connection.hostKey the machine's public host key, read on the machine itself; so too for a proxy",
    on: onRemote,
    judge: (resource) =>
      hops(resource)
        .filter(({ hop }) => typeof hop !== "symbol" && isMissing(at(hop, "hostKey")))
        .map(({ path }) => `${path.join(".")} has no hostKey`),
  },
  {
    name: "command-password-login",
    description: "No machine is logged in to with a password.",
    level: "mandatory",
    remedy: "use a key: connection.privateKey as a secret, or an SSH agent",
    on: onRemote,
    judge: (resource) =>
      hops(resource)
        .filter(({ hop }) => !isMissing(at(hop, "password")) && typeof hop !== "symbol")
        .map(({ path }) => `${path.join(".")} has a password`),
  },
  {
    name: "command-secret-connection",
    description: "Private keys of machines are kept as secrets.",
    level: "mandatory",
    remedy: "wrap the connection with pulumi.secret, as remoteConnection does",
    on: onRemote,
    judge: (resource) =>
      hops(resource).flatMap(({ path }) =>
        ["privateKey", "privateKeyPassword"]
          .filter((field) => isInTheOpen(resource, ...path, field))
          .map((field) => `${[...path, field].join(".")} is in the open in the state`),
      ),
  },
  {
    name: "command-secret-on-command-line",
    description: "No secret is on a command line, where everyone on the machine reads it.",
    level: "mandatory",
    remedy: "hand it over on standard input, as remoteScript does with secrets",
    on: onCommands,
    judge: (resource) => [
      ...LINES.filter(
        (field) => !isMissing(resource.inputs[field]) && canTell(resource) && resource.isSecret(field),
      ).map((field) => `${field} holds a secret`),
      ...writtenIn(resource)
        .filter(([field, written]) => field !== "stdin" && PRIVATE_KEY.test(written))
        .map(([field]) => `${field} holds a private key`),
    ],
  },
  {
    name: "command-secret-input",
    description: "Key material on a command's standard input is kept as a secret.",
    level: "mandatory",
    remedy: "wrap stdin with pulumi.secret, or give the value to remoteScript among its secrets",
    on: onCommands,
    judge: (resource) =>
      when(
        PRIVATE_KEY.test(text(resource.inputs.stdin) ?? "") && !resource.isSecret("stdin"),
        "stdin holds a private key, in the open in the state",
      ),
  },
  {
    name: "command-secret-environment",
    description: "Variables of a command that look like secrets are secrets.",
    level: "mandatory",
    remedy: "wrap the value with pulumi.secret, or read it from an encrypted setting",
    on: onCommands,
    judge: (resource) =>
      Object.keys(fields(resource.inputs.environment))
        .filter((name) => SECRET_NAME.test(name) && isInTheOpen(resource, "environment", name))
        .map((name) => `environment.${name} is in the open in the state`),
  },
  {
    name: "command-piped-download",
    description: "Nothing that was just downloaded is run unseen.",
    level: "mandatory",
    remedy: "download a version, compare its SHA-256 with a published one, then run it",
    on: onCommands,
    judge: (resource) =>
      writtenIn(resource)
        .filter(([, written]) => PIPED.test(written))
        .map(([field]) => `${field} pipes a download into a shell`),
  },
  {
    name: "command-pinned-download",
    description: "What a command downloads is compared with a checksum.",
    level: "mandatory",
    remedy: "name a version in the URL and compare the SHA-256 before anything is done with the file",
    on: onCommands,
    judge: (resource) =>
      writtenIn(resource)
        .filter(([, written]) => !CHECKED.test(written))
        .flatMap(([field, written]) => [...written.matchAll(DOWNLOAD)].map(([, url]) => `${field} downloads ${url}`)),
  },
  {
    name: "command-remote-asset",
    description: "What is copied to a machine comes from this host, where its checksum was looked at.",
    level: "mandatory",
    remedy: "use infra/toolchain's download with a pin, and a FileAsset of the result",
    on: (type) => type === "command:remote:CopyToRemote",
    judge: ({ inputs }) => {
      const uri = text(at(inputs, "source", "uri"));
      return uri === undefined ? [] : [`source is ${uri}, whatever that holds when it is asked`];
    },
  },
];

/** Whoever cannot tell secrets says so of every path, of one that is not there too. */
const canTell = (resource: Resource): boolean => !resource.isSecret("nothing of this name");
