import { spawn } from "node:child_process";
import { join } from "node:path";
import { keepWhole } from "../engine/checkpoint";
import { PROJECT } from "../engine/session";
import { prepareConfig, type StackFiles, stackFiles } from "../engine/stack-files";
import { policyArguments } from "../policy/arguments";
import { DEFAULT_STACK } from "./options";

/** Variable by which the real engine is found; `npm run env` sets it. */
export const ENGINE_VARIABLE = "OFWASM_ENGINE";

/** Commands that run on a stack's settings, and would write the encryption salt into its tracked file. */
const OPERATIONS = ["up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch"];

/** Commands with commands of their own, among them names that are operations elsewhere. */
const NAMESPACES = ["config", "stack", "state", "plugin", "package", "policy", "schema"];

/** The stack that the arguments name, else the one of the environment. */
export function stackOf(args: readonly string[], environment: string | undefined): string {
  const at = args.findIndex((arg) => arg === "--stack" || arg === "-s");
  const joined = args.find((arg) => arg.startsWith("--stack="));
  return (at >= 0 ? args[at + 1] : joined?.slice("--stack=".length)) ?? environment ?? DEFAULT_STACK;
}

/** True when the engine has to be given the stack's settings as a copy. */
export function needsConfig(args: readonly string[]): boolean {
  // Flags before the command may take values, so the command is the first word that is one of these.
  const command = args.find((arg) => OPERATIONS.includes(arg) || NAMESPACES.includes(arg));
  return command !== undefined && OPERATIONS.includes(command) && !args.some((arg) => arg.startsWith("--config-file"));
}

/** The project's rules, for operations that make something; not beside packs that the user names. */
export function policiesFor(args: readonly string[]): string[] {
  const operation = args.find((arg) => OPERATIONS.includes(arg) || NAMESPACES.includes(arg)) ?? "";
  return args.some((arg) => arg.startsWith("--policy-pack")) ? [] : policyArguments(operation);
}

/** Runs the real engine with the same arguments, its output and exit code untouched. */
export function main(args: readonly string[], clone: string): void {
  const engine = process.env[ENGINE_VARIABLE];
  if (!engine) {
    process.stderr.write('pulumi: the engine is not set up in this shell; run eval "$(npm run -s env)"\n');
    process.exitCode = 1;
    return;
  }
  const files = needsConfig(args) ? stackFiles(PROJECT, stackOf(args, process.env.PULUMI_STACK)) : undefined;
  const child = spawn(engine, [...args, ...policiesFor(args), ...configArguments(files, clone)], {
    stdio: "inherit",
  });
  const stop = files === undefined ? () => {} : keepWhole(files);
  // Ctrl-C reaches the engine too, which ends in order.
  process.on("SIGINT", () => {});
  child.once("error", (error) => {
    process.stderr.write(`pulumi: ${engine}: ${error.message}; run eval "$(npm run -s env)" again\n`);
    process.exitCode = 1;
  });
  child.once("close", (code) => {
    stop();
    process.exitCode = code ?? 1;
  });
}

function configArguments(files: StackFiles | undefined, clone: string): string[] {
  if (files === undefined) return [];
  const tracked = join(clone, `Pulumi.${files.stack}.yaml`);
  return ["--config-file", prepareConfig({ tracked, files, project: PROJECT, overrides: new Map() })];
}
