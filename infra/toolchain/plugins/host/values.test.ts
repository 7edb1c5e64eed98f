import { fromStruct, toStruct } from "./struct";
import {
  asArchive,
  asAsset,
  containsSecrets,
  containsUnknowns,
  isUnknown,
  type PropertyMap,
  reveal,
  SIGNATURE,
  sameValue,
  secret,
  UNKNOWN,
} from "./values";

const asset = (fields: PropertyMap): PropertyMap => ({ [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", ...fields });

test("secrets, unknowns and assets survive the way through protobuf", () => {
  const map: PropertyMap = {
    list: [1, "two", null, true, { deep: secret("s") }],
    unknown: UNKNOWN,
    file: asset({ hash: "aa", path: "./a" }),
    empty: {},
  };
  expect(fromStruct(toStruct(map))).toEqual(map);
});

test("absent values are left out instead of becoming empty protobuf values", () => {
  expect(fromStruct(toStruct({ a: undefined, b: { c: undefined } }))).toEqual({ b: {} });
});

test("a secret unknown is unknown, a map that holds one only contains it", () => {
  expect(isUnknown(secret(UNKNOWN))).toBe(true);
  expect(isUnknown({ a: UNKNOWN })).toBe(false);
  expect(containsUnknowns({ a: [secret(UNKNOWN)] })).toBe(true);
  expect(containsUnknowns({ a: "x" })).toBe(false);
});

test("reveal lays open every secret and secret() does not wrap twice", () => {
  expect(reveal({ a: secret({ b: secret("c") }), d: [secret(1)] })).toEqual({ a: { b: "c" }, d: [1] });
  expect(secret(secret("x"))).toEqual(secret("x"));
  expect(containsSecrets({ a: [{ b: secret("c") }] })).toBe(true);
});

test("equality ignores secrecy and where an asset lies, and an unknown equals nothing", () => {
  expect(sameValue({ a: secret([1, { b: 2 }]) }, { a: [1, { b: 2 }] })).toBe(true);
  expect(sameValue(asset({ hash: "aa", path: "/here" }), asset({ hash: "aa", path: "/there" }))).toBe(true);
  expect(sameValue(asset({ hash: "aa", path: "/here" }), asset({ hash: "bb", path: "/here" }))).toBe(false);
  expect(sameValue(UNKNOWN, UNKNOWN)).toBe(false);
  expect(sameValue({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(sameValue({ a: 1 }, { a: 1, b: null })).toBe(false);
  expect(sameValue([1, 2], [2, 1])).toBe(false);
});

test("assets and archives are told apart", () => {
  expect(asAsset(asset({ text: "t" }))).toMatchObject({ kind: "asset", text: "t" });
  expect(asArchive(asset({ text: "t" }))).toBeUndefined();
  expect(asAsset({ text: "t" })).toBeUndefined();
});
