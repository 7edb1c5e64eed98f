/** What a protobuf Struct can hold. */
export type Json = null | number | string | boolean | Json[] | { [key: string]: Json };

/** Wire types of protobuf's encoding. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const tag = (field: number, type: number): number => (field << 3) | type;

/** Fields of google.protobuf.Value. */
const NULL = tag(1, VARINT);
const NUMBER = tag(2, FIXED64);
const STRING = tag(3, LENGTH);
const BOOL = tag(4, VARINT);
const STRUCT = tag(5, LENGTH);
const LIST = tag(6, LENGTH);

/** Of a map's entry; the first is also a list's only field. */
const FIRST = tag(1, LENGTH);
const SECOND = tag(2, LENGTH);

const FIRST_SIZE = 4096;

/** Writes from the end to the beginning, so that a message's length is known when it is written. */
class Backwards {
  private buffer = Buffer.allocUnsafe(FIRST_SIZE);
  private at = FIRST_SIZE;

  get written(): number {
    return this.buffer.length - this.at;
  }

  byte(value: number): void {
    this.room(1);
    this.at -= 1;
    this.buffer[this.at] = value;
  }

  varint(value: number): void {
    let size = 1;
    for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
    this.room(size);
    this.at -= size;
    let rest = value;
    for (let index = 0; index < size; index += 1) {
      this.buffer[this.at + index] = (rest & 0x7f) | (index < size - 1 ? 0x80 : 0);
      rest = Math.floor(rest / 0x80);
    }
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.room(size);
    this.at -= size;
    this.buffer.write(value, this.at);
    this.varint(size);
  }

  double(value: number): void {
    this.room(8);
    this.at -= 8;
    this.buffer.writeDoubleLE(value, this.at);
  }

  /** What was written, in a buffer of its own. */
  bytes(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.buffer, this.at);
  }

  private room(size: number): void {
    if (this.at >= size) return;
    const { written } = this;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, written + size));
    this.buffer.copy(larger, larger.length - written, this.at);
    this.at = larger.length - written;
    this.buffer = larger;
  }
}

function writeValue(into: Backwards, value: unknown): void {
  if (value === null) {
    into.byte(0);
    into.byte(NULL);
  } else if (typeof value === "string") {
    into.text(value);
    into.byte(STRING);
  } else if (typeof value === "number") {
    into.double(value);
    into.byte(NUMBER);
  } else if (typeof value === "boolean") {
    into.byte(value ? 1 : 0);
    into.byte(BOOL);
  } else if (Array.isArray(value)) {
    const before = into.written;
    for (let index = value.length - 1; index >= 0; index -= 1) {
      const end = into.written;
      writeValue(into, value[index]);
      into.varint(into.written - end);
      into.byte(FIRST);
    }
    into.varint(into.written - before);
    into.byte(LIST);
  } else if (typeof value === "object") {
    const before = into.written;
    const entries = Object.entries(value);
    for (let index = entries.length - 1; index >= 0; index -= 1) {
      const [key, item] = entries[index] as [string, unknown];
      const end = into.written;
      writeEntry(into, key, item);
      into.varint(into.written - end);
      into.byte(FIRST);
    }
    into.varint(into.written - before);
    into.byte(STRUCT);
  } else throw new Error(`a Struct cannot hold a value of type ${typeof value}`);
}

function writeEntry(into: Backwards, key: string, value: unknown): void {
  const end = into.written;
  writeValue(into, value);
  into.varint(into.written - end);
  into.byte(SECOND);
  into.text(key);
  into.byte(FIRST);
}

/** One field of a Struct: an entry of its map, without the entry's own tag and length. */
export function encodeEntry(key: string, value: unknown): Uint8Array {
  const into = new Backwards();
  writeEntry(into, key, value);
  return into.bytes();
}

const MOST_VARINT_BYTES = 10;

/** Reads from the beginning to the end, and nothing beyond the end of the part that is being read. */
class Forwards {
  private readonly buffer: Buffer;
  private at = 0;

  constructor(
    bytes: Uint8Array,
    private end = bytes.length,
  ) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get more(): boolean {
    return this.at < this.end;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MOST_VARINT_BYTES; count += 1) {
      const byte = this.buffer[this.take(1)] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new Error("a Struct has a number that does not end");
  }

  /** Reads a part that begins with its length. */
  part<T>(read: () => T): T {
    const size = this.varint();
    const around = this.end;
    const end = this.at + size;
    if (end > around) throw new Error(`a Struct ends before its part of ${size} bytes`);
    this.end = end;
    const value = read();
    this.end = around;
    return value;
  }

  text(): string {
    const size = this.varint();
    const start = this.take(size);
    return this.buffer.toString("utf8", start, this.at);
  }

  double(): number {
    return this.buffer.readDoubleLE(this.take(8));
  }

  skip(type: number): void {
    if (type === VARINT) this.varint();
    else if (type === FIXED64) this.take(8);
    else if (type === FIXED32) this.take(4);
    else if (type === LENGTH) this.take(this.varint());
    else throw new Error(`a Struct has a field of the unknown wire type ${type}`);
  }

  /** Where the next bytes begin, which are then behind. */
  private take(size: number): number {
    const start = this.at;
    if (start + size > this.end) throw new Error(`a Struct ends before ${size} bytes that are announced`);
    this.at = start + size;
    return start;
  }
}

function readValue(from: Forwards): Json {
  let value: Json | undefined;
  while (from.more) {
    const field = from.varint();
    if (field === NULL) {
      from.varint();
      value = null;
    } else if (field === NUMBER) value = from.double();
    else if (field === STRING) value = from.text();
    else if (field === BOOL) value = from.varint() !== 0;
    else if (field === STRUCT) value = from.part(() => readStruct(from));
    else if (field === LIST) value = from.part(() => readList(from));
    else from.skip(field & 7);
  }
  if (value === undefined) throw new Error("a Struct has a value of no type");
  return value;
}

function readList(from: Forwards): Json[] {
  const list: Json[] = [];
  while (from.more) {
    const field = from.varint();
    if (field === FIRST) list.push(from.part(() => readValue(from)));
    else from.skip(field & 7);
  }
  return list;
}

function readStruct(from: Forwards): { [key: string]: Json } {
  const map: { [key: string]: Json } = {};
  while (from.more) {
    const field = from.varint();
    if (field === FIRST) from.part(() => readEntry(from, map));
    else from.skip(field & 7);
  }
  return map;
}

function readEntry(from: Forwards, into: { [key: string]: Json }): void {
  let key = "";
  let value: Json | undefined;
  while (from.more) {
    const field = from.varint();
    if (field === FIRST) key = from.text();
    else if (field === SECOND) value = from.part(() => readValue(from));
    else from.skip(field & 7);
  }
  if (value === undefined) throw new Error(`a Struct has no value for "${key}"`);
  // A plain assignment would set the prototype instead.
  if (key === "__proto__")
    Object.defineProperty(into, key, { value, enumerable: true, writable: true, configurable: true });
  else into[key] = value;
}

/** Reads what `encodeEntry` wrote into a map; an entry that is there already is replaced. */
export function decodeEntry(bytes: Uint8Array, into: { [key: string]: Json }): void {
  readEntry(new Forwards(bytes), into);
}
