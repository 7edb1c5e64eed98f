/** Schemas of containerd's file that a block can be written in. */
export type ConfigSchema = 2 | 3 | 4;

export type CgroupDriver = "systemd" | "cgroupfs";

/** First and last line of the block; the script has the same ones. */
const BEGIN = "# >>> ofwasm node-runtime: managed block, edits inside are undone";
const END = "# <<< ofwasm node-runtime";

/** What the first line says beyond that, when something outside the block is ours too. */
const OWN_NEWLINE = " (and the line break before)";
const OWN_VERSION = " (and the version)";
const OWN_FILE = " (and the file)";

/** The path that the seed names; a link to the generation in use. */
const BINARY = "/usr/local/bin/crun";

/** Passed on from pods to crun. Only the third has an effect; the others are the seed's. */
const POD_ANNOTATIONS = [
  "*.wasm.*",
  "wasm.*",
  "module.wasm.image/*",
  "*.module.wasm.image",
  "module.wasm.image/variant.*",
];

/** Containerd's CRI plugin in that schema. */
const plugin = (schema: ConfigSchema): string =>
  schema === 2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime";

/**
 * The block in containerd's file.
 *
 * @param suffix as `appendBlock` finds it
 * @param defaults tables of the runtimes that containerd has when its file names none; naming one replaces them all,
 *   so such a file needs them written down
 */
export function renderBlock(schema: ConfigSchema, driver: CgroupDriver, suffix = "", defaults = ""): string {
  const table = `plugins."${plugin(schema)}".containerd.runtimes.crun`;
  const ownsVersion = suffix.startsWith(OWN_VERSION) || suffix.startsWith(OWN_FILE);
  return [
    `${BEGIN}${suffix}`,
    ...(ownsVersion ? [`version = ${schema}`, ""] : []),
    ...(defaults
      ? [`# Containerd's own defaults, which the table after them would replace otherwise.\n${defaults}`]
      : []),
    `[${table}]`,
    '  runtime_type = "io.containerd.runc.v2"',
    `  pod_annotations = [${POD_ANNOTATIONS.map((glob) => `"${glob}"`).join(", ")}]`,
    "  privileged_without_host_devices = false",
    "",
    `  [${table}.options]`,
    `    BinaryName = "${BINARY}"`,
    `    SystemdCgroup = ${driver === "systemd"}`,
    `${END}\n`,
  ].join("\n");
}

/**
 * Containerd's file with the block at its end, as the script writes it.
 *
 * @param content the operator's file without a block; `undefined` when there is none
 * @param defaults see `renderBlock`
 */
export function appendBlock(
  content: string | undefined,
  schema: ConfigSchema,
  driver: CgroupDriver,
  defaults = "",
): string {
  if (content === undefined) return renderBlock(schema, driver, OWN_FILE, defaults);
  const version = /^[\t\v\f\r ]*[^#\s]/m.test(content) ? "" : OWN_VERSION;
  const newline = content !== "" && !content.endsWith("\n");
  const suffix = `${version}${newline ? OWN_NEWLINE : ""}`;
  return `${content}${newline ? "\n" : ""}${renderBlock(schema, driver, suffix, defaults)}`;
}

/**
 * The operator's part of the file, byte for byte; `undefined` when the file as a whole was ours.
 *
 * @throws when only one of the block's two marks is there
 */
export function removeBlock(file: string): string | undefined {
  const begin = lineStart(file, BEGIN);
  const end = lineStart(file, `${END}\n`);
  if (begin < 0 && end < 0) return file;
  if (begin < 0 || end < begin) throw new Error("one of the two lines that mark the block is missing");
  const first = file.slice(begin, file.indexOf("\n", begin));
  const rest = file.slice(0, first.endsWith(OWN_NEWLINE) ? begin - 1 : begin) + file.slice(end + END.length + 1);
  return rest === "" && first.endsWith(OWN_FILE) ? undefined : rest;
}

function lineStart(file: string, line: string): number {
  if (file.startsWith(line)) return 0;
  const found = file.indexOf(`\n${line}`);
  return found < 0 ? -1 : found + 1;
}
