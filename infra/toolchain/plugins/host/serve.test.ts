import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { fromStruct, InitFailedError, listen, type Provider, type Serving, toStruct } from "./index";
import { engineAddress } from "./serve";

const provider: Provider = {
  name: "sample",
  version: "1.2.3",
  check: async ({ news }) => ({ inputs: news, failures: [{ property: "a.b", reason: "because" }] }),
  diff: async () => ({ changes: "some", detailed: { "list[0].x": { kind: "update-replace" } } }),
  create: async ({ inputs, preview, timeoutSeconds, type }, { signal }) => {
    if (inputs.fail) throw new InitFailedError("id-1", { half: true }, ["first", "second"]);
    if (inputs.wait) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return { id: "id-1", outputs: { ...inputs, preview, timeoutSeconds, type, cancelled: signal.aborted } };
  },
  update: async ({ news }) => news,
  delete: async () => {},
};

let serving: Serving;
let client: ResourceProviderClient;

beforeEach(async () => {
  serving = await listen(provider);
  client = new ResourceProviderClient(`127.0.0.1:${serving.port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
});

afterEach(async () => {
  client.close();
  await serving.stop();
});

function create(inputs: Record<string, string | boolean>, preview = false): Promise<pb.CreateResponse> {
  const request = new pb.CreateRequest();
  request.setUrn("urn:pulumi:stack::project::parent:index:P$sample:index:Thing::name::x");
  request.setProperties(toStruct(inputs));
  request.setPreview(preview);
  request.setTimeout(7);
  return new Promise((resolve, reject) => {
    client.create(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

test("preview flag, timeout and type reach the provider", async () => {
  const response = await create({ a: "b" }, true);
  expect(fromStruct(response.getProperties())).toMatchObject({
    a: "b",
    preview: true,
    timeoutSeconds: 7,
    type: "sample:index:Thing",
  });
});

test("a message far above gRPC's default limit passes both ways", async () => {
  const big = "x".repeat(5_000_000);
  expect(fromStruct((await create({ big })).getProperties()).big).toBe(big);
}, 60_000);

test("an object that exists but is not ready arrives with id, outputs and reasons", async () => {
  const error = (await create({ fail: true }).catch((failure: unknown) => failure)) as ServiceError;
  const [packed] = error.metadata.get("grpc-status-details-bin");
  const [detail] = Status.deserializeBinary(packed as Buffer).getDetailsList();
  const failed = detail?.unpack(pb.ErrorResourceInitFailed.deserializeBinary, "pulumirpc.ErrorResourceInitFailed");
  expect(failed?.getId()).toBe("id-1");
  expect(failed?.getReasonsList()).toEqual(["first", "second"]);
  expect(fromStruct(failed?.getProperties())).toEqual({ half: true });
});

test("cancel reaches work in progress", async () => {
  const waiting = create({ wait: true });
  await create({});
  await new Promise<void>((resolve, reject) =>
    client.cancel(new Empty(), (error) => (error ? reject(error) : resolve())),
  );
  expect(fromStruct((await waiting).getProperties())).toMatchObject({ cancelled: true });
});

test("a detailed diff also names the top-level properties", async () => {
  const response = await new Promise<pb.DiffResponse>((resolve, reject) =>
    client.diff(new pb.DiffRequest(), (error, value) => (error ? reject(error) : resolve(value))),
  );
  expect(response.getDiffsList()).toEqual(["list"]);
  expect(response.getDetaileddiffMap().get("list[0].x")?.getKind()).toBe(pb.PropertyDiff.Kind.UPDATE_REPLACE);
});

test("the engine's address is found among logging options", () => {
  expect(engineAddress(["127.0.0.1:1"])).toBe("127.0.0.1:1");
  expect(engineAddress(["--logtostderr", "-v=9", "--tracing", "http://t", "127.0.0.1:1"])).toBe("127.0.0.1:1");
  expect(engineAddress([])).toBeUndefined();
});
