import type { handleUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { EngineLog } from "./engine-log";
import { toServiceError, unimplemented } from "./errors";
import type {
  CallContext,
  CheckFailure,
  CheckRequest,
  CheckResult,
  DiffKind,
  DiffRequest,
  DiffResult,
  Provider,
  ResourceRequest,
} from "./provider";
import { fromStruct, toStruct } from "./struct";
import { sameValue } from "./values";

const DIFF_KINDS: Record<DiffKind, pb.PropertyDiff.Kind> = {
  add: 0,
  "add-replace": 1,
  delete: 2,
  "delete-replace": 3,
  update: 4,
  "update-replace": 5,
};

const DIFF_CHANGES: Record<DiffResult["changes"], pb.DiffResponse.DiffChanges> = { unknown: 0, none: 1, some: 2 };

interface AboutResource {
  getUrn(): string;
  getName(): string;
  getType(): string;
}

/** Engines before name and type were sent put both in the URN only. */
function resourceOf(request: AboutResource): ResourceRequest {
  const urn = request.getUrn();
  const parts = urn.split("::");
  return {
    urn,
    type: request.getType() || (parts[2]?.split("$").at(-1) ?? ""),
    name: request.getName() || parts.slice(3).join("::"),
  };
}

function checkRequest(request: pb.CheckRequest): CheckRequest {
  return {
    ...resourceOf(request),
    olds: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
    randomSeed: request.getRandomseed_asU8(),
  };
}

function failuresOf(failures: readonly CheckFailure[] | undefined): pb.CheckFailure[] {
  return (failures ?? []).map(({ property, reason }) => {
    const failure = new pb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
  });
}

function checkResponse(result: CheckResult): pb.CheckResponse {
  const response = new pb.CheckResponse();
  response.setInputs(toStruct(result.inputs));
  response.setFailuresList(failuresOf(result.failures));
  return response;
}

function diffRequest(request: pb.DiffRequest): DiffRequest {
  return {
    ...resourceOf(request),
    id: request.getId(),
    olds: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

export function diffResponse(result: DiffResult): pb.DiffResponse {
  const response = new pb.DiffResponse();
  response.setChanges(DIFF_CHANGES[result.changes]);
  response.setReplacesList([...(result.replaces ?? [])]);
  response.setStablesList([...(result.stables ?? [])]);
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  if (result.detailed) {
    response.setHasdetaileddiff(true);
    const top = new Set<string>();
    for (const [path, { kind, inputDiff }] of Object.entries(result.detailed)) {
      const diff = new pb.PropertyDiff();
      diff.setKind(DIFF_KINDS[kind]);
      diff.setInputdiff(inputDiff ?? true);
      response.getDetaileddiffMap().set(path, diff);
      top.add(path.split(/[.[]/, 1)[0] ?? path);
    }
    response.setDiffsList([...top]);
  }
  return response;
}

/** The gRPC service of a provider: protobuf in and out, plain values in between. */
export function providerService(
  provider: Provider,
  log: EngineLog,
  abort: AbortController,
): UntypedServiceImplementation {
  const contextOf = (urn: string): CallContext => ({ signal: abort.signal, log: log.for(urn) });

  /** Answers a call with what `body` returns, and with a proper gRPC error when it throws. */
  const unary =
    <Request, Response>(body: (request: Request) => Promise<Response> | Response): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      Promise.resolve()
        .then(() => body(call.request))
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(toServiceError(error)),
        );
    };

  const missing = (method: string) =>
    unary(() => {
      throw unimplemented(`${provider.name}: ${method} is not implemented`);
    });

  return {
    handshake: unary((request: pb.ProviderHandshakeRequest) => {
      if (request.getEngineAddress()) log.attach(request.getEngineAddress());
      provider.handshake?.({
        rootDirectory: request.getRootDirectory() || undefined,
        programDirectory: request.getProgramDirectory() || undefined,
      });
      const response = new pb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),

    attach: unary((request: { getAddress(): string }) => {
      log.attach(request.getAddress());
      return new Empty();
    }),

    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),

    getSchema: unary(() => {
      const response = new pb.GetSchemaResponse();
      response.setSchema(provider.schema?.() ?? JSON.stringify({ name: provider.name, version: provider.version }));
      return response;
    }),

    checkConfig: unary(async (request: pb.CheckRequest) => {
      const check = checkRequest(request);
      return checkResponse((await provider.checkConfig?.(check, contextOf(check.urn))) ?? { inputs: check.news });
    }),

    diffConfig: unary(async (request: pb.DiffRequest) => {
      const diff = diffRequest(request);
      const result = await provider.diffConfig?.(diff, contextOf(diff.urn));
      return diffResponse(result ?? { changes: sameValue(diff.oldInputs, diff.news) ? "none" : "some" });
    }),

    configure: unary(async (request: pb.ConfigureRequest) => {
      await provider.configure?.(fromStruct(request.getArgs()));
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),

    check: unary(async (request: pb.CheckRequest) => {
      const check = checkRequest(request);
      return checkResponse(await provider.check(check, contextOf(check.urn)));
    }),

    diff: unary(async (request: pb.DiffRequest) => {
      const diff = diffRequest(request);
      return diffResponse(await provider.diff(diff, contextOf(diff.urn)));
    }),

    create: unary(async (request: pb.CreateRequest) => {
      const { id, outputs } = await provider.create(
        {
          ...resourceOf(request),
          inputs: fromStruct(request.getProperties()),
          preview: request.getPreview(),
          timeoutSeconds: request.getTimeout(),
        },
        contextOf(request.getUrn()),
      );
      const response = new pb.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct(outputs));
      return response;
    }),

    read: unary(async (request: pb.ReadRequest) => {
      const read = {
        ...resourceOf(request),
        id: request.getId(),
        outputs: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
        timeoutSeconds: request.getTimeout(),
      };
      const result = (await provider.read?.(read, contextOf(read.urn))) ?? read;
      const response = new pb.ReadResponse();
      response.setId(result.id);
      response.setProperties(toStruct(result.outputs));
      response.setInputs(toStruct(result.inputs));
      return response;
    }),

    update: unary(async (request: pb.UpdateRequest) => {
      const outputs = await provider.update(
        {
          ...resourceOf(request),
          id: request.getId(),
          olds: fromStruct(request.getOlds()),
          oldInputs: fromStruct(request.getOldInputs()),
          news: fromStruct(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
          preview: request.getPreview(),
          timeoutSeconds: request.getTimeout(),
        },
        contextOf(request.getUrn()),
      );
      const response = new pb.UpdateResponse();
      response.setProperties(toStruct(outputs));
      return response;
    }),

    delete: unary(async (request: pb.DeleteRequest) => {
      await provider.delete(
        {
          ...resourceOf(request),
          id: request.getId(),
          outputs: fromStruct(request.getProperties()),
          oldInputs: fromStruct(request.getOldInputs()),
          timeoutSeconds: request.getTimeout(),
        },
        contextOf(request.getUrn()),
      );
      return new Empty();
    }),

    invoke: unary(async (request: pb.InvokeRequest) => {
      if (!provider.invoke) throw unimplemented(`${provider.name}: function ${request.getTok()} is not implemented`);
      const { result, failures } = await provider.invoke(
        { token: request.getTok(), args: fromStruct(request.getArgs()), preview: request.getPreview() },
        contextOf(""),
      );
      const response = new pb.InvokeResponse();
      response.setReturn(toStruct(result));
      response.setFailuresList(failuresOf(failures));
      return response;
    }),

    cancel: unary(() => {
      abort.abort();
      return new Empty();
    }),

    getMapping: unary(() => new pb.GetMappingResponse()),
    getMappings: unary(() => new pb.GetMappingsResponse()),
    parameterize: missing("Parameterize"),
    call: missing("Call"),
    construct: missing("Construct"),
  };
}
