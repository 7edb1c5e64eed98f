import { randomBytes } from "node:crypto";
import {
  type CallContext,
  type CreateRequest,
  type DeleteRequest,
  invalidArgument,
  isMap,
  type PropertyMap,
  type Provider,
  reveal,
  SIGNATURE,
  type UpdateRequest,
  unimplemented,
} from "../host";
import { copyToRemote } from "./copy";
import { diffInputs } from "./diff";
import { previousOutput } from "./environment";
import { COPY_TO_REMOTE, checkInputs, LOCAL_COMMAND, OFFICIAL, readCommandInputs } from "./inputs";
import { runLocal } from "./local-run";
import { logsStderr, logsStdout, type Output } from "./output";
import { commandOutputs, keptOutputs, previewOutputs } from "./outputs";
import { redactor } from "./redact";
import { readEndpoint, withDefaults } from "./ssh/endpoint";
import { ConnectionPool } from "./ssh/pool";
import { runRemote } from "./ssh/remote-run";

/** Version of the official plugin whose semantics this one has. */
export const COMMAND_VERSION = "1.2.1";

/** Seconds between two signs of life on an SSH connection, from the environment. */
function keepaliveSeconds(): number | undefined {
  const seconds = Number(process.env.OFWASM_SSH_KEEPALIVE_SECONDS);
  return seconds > 0 ? seconds : undefined;
}

/**
 * The `command` provider: `local.Command`, `remote.Command` and `remote.CopyToRemote` with the semantics of the
 * official plugin, on one SSH connection for each machine, and never without a host key.
 */
export function commandProvider(): Provider {
  const seconds = keepaliveSeconds();
  const pool = new ConnectionPool(seconds === undefined ? {} : { keepaliveSeconds: seconds });

  /** Runs a command of the resource whose inputs these are; `olds` gives the previous output. */
  async function execute(
    type: string,
    command: string,
    inputs: PropertyMap,
    olds: PropertyMap,
    timeoutSeconds: number,
    { signal, log }: CallContext,
  ): Promise<Output> {
    const settings = readCommandInputs(inputs);
    const { stdout, stderr } = reveal(olds);
    const previous = settings.addPreviousOutputInEnv ? previousOutput(asText(stdout), asText(stderr)) : {};
    const redact = redactor(inputs);
    const show = (line: string): void => log.progress(redact(line));
    const request = {
      ...settings,
      subject: "command",
      command,
      environment: { ...settings.environment, ...previous },
      onStdout: logsStdout(settings.logging) ? show : undefined,
      onStderr: logsStderr(settings.logging) ? show : undefined,
      timeoutSeconds,
      redact,
    };
    if (type === LOCAL_COMMAND) return runLocal(request, signal);
    return runRemote(pool, endpointOf(inputs), request, { signal, report: log.progress });
  }

  async function create(request: CreateRequest, context: CallContext) {
    const { type, inputs } = request;
    const id = `${type === COPY_TO_REMOTE ? "" : request.name}${randomBytes(8).toString("hex")}`;
    if (type === COPY_TO_REMOTE) {
      if (!request.preview) await copy(inputs, request.timeoutSeconds, context);
      return { id: request.preview ? "" : id, outputs: inputs };
    }
    if (request.preview) return { id, outputs: previewOutputs(inputs) };
    const { create: command } = readCommandInputs(inputs);
    if (command === undefined) return { id, outputs: keptOutputs(inputs, {}) };
    return {
      id,
      outputs: commandOutputs(inputs, await execute(type, command, inputs, {}, request.timeoutSeconds, context)),
    };
  }

  async function update(request: UpdateRequest, context: CallContext): Promise<PropertyMap> {
    const { type, news, olds } = request;
    if (type === COPY_TO_REMOTE) {
      if (!request.preview) await copy(news, request.timeoutSeconds, context);
      return news;
    }
    if (request.preview) return previewOutputs(news, { inputs: request.oldInputs, outputs: olds });
    const settings = readCommandInputs(news);
    const command = settings.update ?? settings.create;
    if (command === undefined) return keptOutputs(news, olds);
    return commandOutputs(news, await execute(type, command, news, olds, request.timeoutSeconds, context));
  }

  async function remove({ type, outputs, timeoutSeconds }: DeleteRequest, context: CallContext): Promise<void> {
    // What was copied stays, as with the official plugin: it may have replaced something of the machine's.
    if (type === COPY_TO_REMOTE) return;
    const command = readCommandInputs(outputs).delete;
    if (command !== undefined) await execute(type, command, outputs, outputs, timeoutSeconds, context);
  }

  function copy(inputs: PropertyMap, timeoutSeconds: number, { signal, log }: CallContext): Promise<void> {
    const { source, remotePath } = reveal(inputs);
    return copyToRemote(pool, endpointOf(inputs), source, String(remotePath), timeoutSeconds, {
      signal,
      report: log.progress,
    });
  }

  return {
    name: "command",
    version: COMMAND_VERSION,
    check: async ({ type, news }) => {
      const failures = checkInputs(type, news);
      return { inputs: failures.length > 0 ? news : defaulted(news), failures };
    },
    diff: async ({ oldInputs, news }) => diffInputs(oldInputs, news),
    create,
    read: async (request) => {
      if (Object.keys(request.outputs).length === 0) {
        throw invalidArgument(`${request.type} cannot be imported: a command that ran leaves nothing to read`);
      }
      return request;
    },
    update,
    delete: remove,
    invoke: async ({ token }) => {
      throw unimplemented(`function ${token} is not supported by this plugin; ${OFFICIAL}`);
    },
    close: () => pool.close(),
  };
}

const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function endpointOf(inputs: PropertyMap) {
  const { connection } = reveal(inputs);
  if (!isMap(connection)) throw invalidArgument("connection is missing");
  try {
    return readEndpoint(connection);
  } catch (error) {
    throw invalidArgument((error as Error).message);
  }
}

/** Fills in the connection's defaults inside whatever marks it secret. */
function defaulted(inputs: PropertyMap): PropertyMap {
  const { connection } = inputs;
  if (!isMap(connection)) return inputs;
  const inner = connection.value;
  if (SIGNATURE in connection) {
    return isMap(inner) ? { ...inputs, connection: { ...connection, value: withDefaults(inner) } } : inputs;
  }
  return { ...inputs, connection: withDefaults(connection) };
}
