import { warningTexts } from "./client";
import { ApiError, conflicts, isTransient, UnreachableError } from "./errors";
import { hideSecrets, secret } from "./values";

const unreachable = (code: string) => new UnreachableError("https://a", Object.assign(new Error("x"), { code }));

test.each([
  [new ApiError(429, "", ""), true],
  [new ApiError(503, "", ""), true],
  [new ApiError(500, "", 'failed calling webhook "a": connection refused'), true],
  [new ApiError(500, "", "etcdserver: leader changed"), true],
  [new ApiError(500, "", "nil pointer"), false],
  [new ApiError(404, "", ""), false],
  [new ApiError(422, "", ""), false],
  [unreachable("ECONNREFUSED"), true],
  [unreachable("DEPTH_ZERO_SELF_SIGNED_CERT"), false],
  [new Error("x"), false],
])("%s transient: %s", (error, transient) => {
  expect(isTransient(error)).toBe(transient);
});

test("a conflict names managers and fields", () => {
  const cause = { reason: "FieldManagerConflict", message: 'conflict with "kubectl"', field: ".spec.replicas" };
  expect(conflicts(new ApiError(409, "Conflict", "", { details: { causes: [cause] } }))).toEqual([
    'conflict with "kubectl": .spec.replicas',
  ]);
});

test("warnings of the server are read", () => {
  expect(warningTexts('299 - "v1 Endpoints is \\"old\\"", 299 kube "second, too"')).toEqual([
    'v1 Endpoints is "old"',
    "second, too",
  ]);
});

test("messages hold no secret", () => {
  const inputs = { data: secret({ a: "password-1", short: "x" }), open: "visible" };
  expect(hideSecrets("password-1 and visible x", inputs)).toBe("[secret] and visible x");
});
