import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { decodeEntry, encodeEntry, type Json } from "./codec";

type Fields = { [key: string]: Json };

/** A Struct that keeps what it holds as JavaScript has it. */
type Held = Struct & { held?: Fields };

/** The parts of the library's readers and writers that are used here. */
interface Reader {
  nextField(): boolean;
  isEndGroup(): boolean;
  getFieldNumber(): number;
  readBytes(): Uint8Array;
  skipField(): void;
}
interface Writer {
  writeBytes(field: number, bytes: Uint8Array): void;
}

let fast = false;

/**
 * Makes the library's Struct keep its content as plain JavaScript and read and write it in one go. The library makes
 * several objects of every value, which for the definitions of a large platform takes many times as long as all else
 * that a run does. For a process of ours only: it changes the library for all who use it there.
 */
export function fastStructs(): void {
  if (fast) return;
  fast = true;
  const library = Struct as unknown as Record<string, unknown>;
  const prototype = Struct.prototype as unknown as Record<string, unknown>;
  const slow = {
    fromJavaScript: Struct.fromJavaScript.bind(Struct),
    toJavaScript: Struct.prototype.toJavaScript,
    getFieldsMap: Struct.prototype.getFieldsMap,
    serialize: library.serializeBinaryToWriter as (message: Struct, writer: Writer) => void,
  };

  library.fromJavaScript = (content: Fields): Struct => {
    const struct: Held = new Struct();
    struct.held = content;
    return struct;
  };
  library.deserializeBinaryFromReader = (struct: Held, reader: Reader): Struct => {
    const content: Fields = { ...struct.held };
    while (reader.nextField() && !reader.isEndGroup()) {
      if (reader.getFieldNumber() === 1) decodeEntry(reader.readBytes(), content);
      else reader.skipField();
    }
    struct.held = content;
    return struct;
  };
  library.serializeBinaryToWriter = (struct: Held, writer: Writer): void => {
    if (struct.held === undefined) slow.serialize(struct, writer);
    else for (const [key, value] of Object.entries(struct.held)) writer.writeBytes(1, encodeEntry(key, value));
  };
  prototype.toJavaScript = function toJavaScript(this: Held): unknown {
    return this.held ?? slow.toJavaScript.call(this);
  };
  // A copy of the message's own array would lack what is kept beside it.
  for (const name of ["clone", "cloneMessage"])
    prototype[name] = function copied(this: Held): Struct {
      return Struct.deserializeBinary(this.serializeBinary());
    };
  // Whoever asks for the fields one by one gets them as the library makes them, from then on.
  prototype.getFieldsMap = function getFieldsMap(this: Held, noLazyCreate?: boolean): unknown {
    const { held } = this;
    if (held !== undefined) {
      this.held = undefined;
      const fields = slow.getFieldsMap.call(this);
      slow
        .fromJavaScript(held as never)
        .getFieldsMap()
        .forEach((value, key) => {
          fields.set(key, value);
        });
    }
    return (slow.getFieldsMap as (this: Struct, noLazyCreate?: boolean) => unknown).call(this, noLazyCreate);
  };
}
