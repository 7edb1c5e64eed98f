import { dirname } from "node:path";
import * as fc from "fast-check";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import type { Json } from "./codec";
import { fastStructs } from "./fast-struct";

type Fields = { [key: string]: Json };

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("", "ä€😀", "x".repeat(5000)));

const { map } = fc.letrec<{ value: Json; map: Fields; list: Json[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    text,
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("value"), { maxLength: 5 }),
  map: fc.dictionary(text, tie("value"), { maxKeys: 5, noNullPrototype: true }),
}));

/** Half a surrogate pair cannot be written as UTF-8, and the library loses a key `__proto__`. */
const whole = (content: Fields): boolean =>
  !JSON.stringify(content).includes("__proto__") && !/\\ud[89a-f]/i.test(JSON.stringify(content));

const SAMPLES: Fields[] = [
  {},
  { a: { b: [] }, c: {}, d: [null, [], {}] },
  { big: "y".repeat(1_000_000), number: -0, large: 2 ** 53, tiny: 5e-324 },
  ...fc.sample(map.filter(whole), { numRuns: 500, seed: 1 }),
];

// Before the library is changed.
const written = SAMPLES.map((content) => (Struct.fromJavaScript(content as never) as Struct).serializeBinary());

describe("fast Structs", () => {
  beforeAll(() => {
    fastStructs();
    fastStructs();
  });

  test("read what the library wrote", () => {
    SAMPLES.forEach((content, index) => {
      expect(Struct.deserializeBinary(written[index]!).toJavaScript()).toEqual(content);
    });
  });

  test("write what the library would, in the order in which it was given", () => {
    SAMPLES.forEach((content, index) => {
      const bytes = (Struct.fromJavaScript(content as never) as Struct).serializeBinary();
      expect(bytes).toHaveLength(written[index]!.length);
      const sorted = (all: Uint8Array): number[] => [...all].sort();
      if (bytes.length < 10_000) expect(sorted(bytes)).toEqual(sorted(written[index]!));
      const again = Struct.deserializeBinary(bytes).toJavaScript();
      expect(again).toEqual(content);
      expect(Object.keys(again)).toEqual(Object.keys(content));
    });
  });

  test("give their fields to who asks for them one by one, and can still be written", () => {
    const struct = Struct.deserializeBinary(written[1]!);
    expect(struct.getFieldsMap().get("d")?.getListValue()?.getValuesList()).toHaveLength(3);
    struct.getFieldsMap().set("e", Value.fromJavaScript("more") as Value);
    const again = Struct.deserializeBinary(struct.serializeBinary()).toJavaScript();
    expect(again).toEqual({ ...SAMPLES[1], e: "more" });
  });

  test("are copied with what they hold", () => {
    const struct = Struct.fromJavaScript({ a: [1] } as never) as Struct;
    expect((struct.cloneMessage() as Struct).toJavaScript()).toEqual({ a: [1] });
    expect((struct.clone() as Struct).toJavaScript()).toEqual({ a: [1] });
  });

  test("keep a key that is a word of JavaScript's own", () => {
    const content = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as Fields;
    const struct = Struct.fromJavaScript({ in: content } as never) as Struct;
    const again = Struct.deserializeBinary(struct.serializeBinary()).toJavaScript() as { in: Fields };
    expect(JSON.stringify(again.in)).toBe(JSON.stringify(content));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    ["a string that runs past its value", [0x0a, 0x08, 0x0a, 0x01, 0x61, 0x12, 0x03, 0x1a, 0x05, 0x78]],
    ["a number that does not end", [0x0a, 0x0f, 0x0a, 0x01, 0x61, 0x12, ...Array<number>(11).fill(0x80)]],
    ["an unknown field that is cut off", [0x0a, 0x05, 0x0a, 0x01, 0x61, 0x79, 0x00]],
    ["an entry without a value", [0x0a, 0x03, 0x0a, 0x01, 0x61]],
  ])("refuse %s", (_, bytes) => {
    expect(() => Struct.deserializeBinary(Uint8Array.from(bytes)).toJavaScript()).toThrow();
  });

  test("pass over fields that they do not know", () => {
    const unknown = [0x0a, 0x0b, 0x0a, 0x01, 0x61, 0x78, 0x01, 0x12, 0x04, 0x1a, 0x02, 0x68, 0x69];
    expect(Struct.deserializeBinary(Uint8Array.from(unknown)).toJavaScript()).toEqual({ a: "hi" });
  });

  test("are those of the SDK: there is one library", () => {
    const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
    const name = "google-protobuf/google/protobuf/struct_pb";
    expect(require.resolve(name, { paths: [sdk] })).toBe(require.resolve(name));
  });

  test("of no fields and within other messages are right too", () => {
    expect(new Struct().toJavaScript()).toEqual({});
    expect(new Struct().serializeBinary()).toHaveLength(0);
    const value = Value.fromJavaScript({ in: { side: [1] } } as never) as Value;
    expect(Value.deserializeBinary(value.serializeBinary()).toJavaScript()).toEqual({ in: { side: [1] } });
  });

  test("refuse bytes that are cut off, and what no Struct can hold", () => {
    const whole = written[1]!;
    for (let size = 1; size < whole.length; size += 1)
      expect(() => {
        const content = Struct.deserializeBinary(whole.slice(0, size)).toJavaScript();
        // Cut between two fields it is another Struct, and a right one.
        if (Object.keys(content).length === Object.keys(SAMPLES[1]!).length) return;
        throw new Error("shorter");
      }).toThrow();
    const wrong = Struct.fromJavaScript({ at: undefined } as never) as Struct;
    expect(() => wrong.serializeBinary()).toThrow("a Struct cannot hold a value of type undefined");
  });
});
