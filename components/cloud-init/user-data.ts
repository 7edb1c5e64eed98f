import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { InputPropertiesError } from "@pulumi/pulumi";
import { transactionInputs } from "../node-runtime";
import { remotePayload, TRANSACTION } from "../node-runtime/transaction";
import { bundleScript, renderInputs, type ScriptInputs, scriptProgram } from "../remote";
import { PROVED_LABEL } from "../wasm-runtime";
import { nodeMark } from "../wasm-runtime/node-mark";
import type { Download, UserDataArgs } from "./args";
import { compactScript } from "./compact";
import { mimeMultipart } from "./mime";
import { userDataProblems } from "./problems";
import { BOOTSTRAP_DIR, type UnitFile, unitFiles } from "./unit";

const SCRIPTS = join(__dirname, "scripts");

/** Most bytes of user-data that EC2 takes, before base64. */
export const USER_DATA_LIMIT = 16_384;

/** The transaction's text among the bootstrap's files. */
const PROGRAM_FILE = "transaction.sh";

/** Seconds that the transaction waits for another one on the machine, of an operator who is curious. */
const LOCK_WAIT_SECONDS = 120;

/**
 * User-data that makes a machine ready for WebAssembly without anybody logging in: the transaction that NodeRuntime
 * sends over SSH, text for text but for comments, its inputs, and what fetches the payload, runs it at the first boot,
 * goes on after a boot in between and lets the node be marked only after the proof.
 *
 * Compressed, as cloud-init and nodeadm read it; the same arguments give the same bytes on the same Node.js. As a value
 * of EC2's `userDataBase64`, or of a launch template's `userData`, it goes in as `.toString("base64")`.
 *
 * @throws InputPropertiesError with all that is wrong with the arguments, or when it is larger than EC2 takes
 */
export function userData(args: UserDataArgs): Buffer {
  const errors = userDataProblems(args);
  if (errors.length > 0) throw new InputPropertiesError({ message: "user-data", errors });
  const text = userDataText(args);
  const data = gzipSync(text, { level: 9 });
  if (data.length > USER_DATA_LIMIT) {
    const reason = `${data.length} bytes (${text.length} before compression), and EC2 takes ${USER_DATA_LIMIT}: shorten parts and the join hook, or let the hook fetch what is long as one of its files`;
    throw new InputPropertiesError({ message: "user-data", errors: [{ propertyPath: "parts, join", reason }] });
  }
  return data;
}

/** The text of the transaction as it goes to `bash -s`, for machines that fetch it: `UserDataArgs.transaction`. */
export const transactionProgram = (): string => scriptProgram(bundleScript(TRANSACTION));

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The same before compression: a shell script, or a MIME document of it and the other parts. */
export function userDataText(args: UserDataArgs): string {
  const script = shellScript(args);
  return args.parts === undefined || args.parts.length === 0
    ? script
    : mimeMultipart([...args.parts, { type: "text/x-shellscript", content: script }]);
}

function shellScript(args: UserDataArgs): string {
  const { after = [], gates = [], deadlineSeconds = 900 } = args;
  const files = [
    { path: `${BOOTSTRAP_DIR}/bootstrap.sh`, content: compactScript(bundleScript(join(SCRIPTS, "bootstrap.sh"))) },
    ...(args.transaction === undefined
      ? [{ path: `${BOOTSTRAP_DIR}/${PROGRAM_FILE}`, content: scriptProgram(compactScript(bundleScript(TRANSACTION))) }]
      : []),
    { path: `${BOOTSTRAP_DIR}/transaction.inputs`, content: renderInputs(runtimeInputs(args)) },
    { path: `${BOOTSTRAP_DIR}/inputs`, content: renderInputs(bootstrapInputs(args)) },
    ...(args.join === undefined ? [] : [{ path: `${BOOTSTRAP_DIR}/join.sh`, content: args.join.script }]),
  ];
  const install = compactScript(bundleScript(join(SCRIPTS, "install.sh")));
  const written = (list: readonly UnitFile[]): string[] => list.map(({ path, content }) => putFile(path, content));
  // What holds the gated units back comes first: the script may die at any line.
  const units = unitFiles({ after, gates, deadlineSeconds });
  return [install, ...written(units), "hold\n", ...written(files), "activate\n"].join("");
}

/** What the transaction is told, as over a connection. */
function runtimeInputs({ payload: { manifest }, runtime = {} }: UserDataArgs): ScriptInputs {
  const inputs = transactionInputs({ path: "the payload", manifest }, runtime);
  return { ...inputs, lock_wait_seconds: LOCK_WAIT_SECONDS };
}

function bootstrapInputs(args: UserDataArgs): ScriptInputs {
  const { payload, transaction, join, marksNode = true, lifecycleHook, metadataUrl, deadlineSeconds = 900 } = args;
  const { sha256 } = payload.manifest;
  const downloads: [string, Download][] = [
    [remotePayload(sha256), { ...payload, sha256 }],
    ...(transaction === undefined
      ? []
      : [[PROGRAM_FILE, { ...transaction, sha256: sha256Of(transactionProgram()) }] as [string, Download]]),
    ...Object.entries(join?.files ?? {}),
  ];
  return {
    ...Object.fromEntries(
      downloads.map(([name, { url, sha256, region = "-" }], index) => [
        `download_${index}`,
        `${sha256} ${name} ${region} ${url}`,
      ]),
    ),
    deadline_seconds: deadlineSeconds,
    imds: metadataUrl ?? "http://169.254.169.254",
    node_labels: Object.entries(PROVED_LABEL)
      .map(([key, value]) => `${key}=${value}`)
      .join(),
    ...(marksNode ? { node_mark: JSON.stringify(ownMark()) } : {}),
    ...(lifecycleHook === undefined
      ? {}
      : {
          lifecycle_hook: lifecycleHook.name,
          lifecycle_group: lifecycleHook.group,
          lifecycle_region: lifecycleHook.region,
        }),
  };
}

/** The same mark that the graph gives a node, with the names of what only the machine knows. */
function ownMark(): object {
  const proof = {
    crun: "%crun%",
    wasmedge: "%wasmedge%",
    containerd: "%containerd%",
    payload: "%payloadDigest%",
    provedAt: "%provedAt%",
  };
  const { labels, annotations } = nodeMark("", proof).metadata as Record<string, unknown>;
  return { metadata: { labels, annotations } };
}

/** A call of the script's that writes a file. */
function putFile(path: string, content: string): string {
  const text = content.endsWith("\n") ? content : `${content}\n`;
  let end = "END-OF-FILE";
  while (text.split("\n").includes(end)) end += "-";
  return `put_file ${path} <<'${end}'\n${text}${end}\n`;
}
