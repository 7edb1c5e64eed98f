/** Where the module keeps its text; before it lie the list of buffers and the count of bytes written. */
const TEXT_AT = 16;
const WRITTEN_AT = 8;

const VALUE_I32 = 0x7f;
const STDOUT = 1;

/**
 * A WASI module that writes one line to its standard output and ends: about 150 bytes, the same ones each time.
 *
 * It is assembled here because a compiler for it would weigh more than everything else in the payload.
 */
export function lineModule(line: string): Uint8Array {
  const text = [...Buffer.from(`${line}\n`)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // Types: fd_write's, and that of a function without arguments and result.
    ...section(1, [2, 0x60, 4, VALUE_I32, VALUE_I32, VALUE_I32, VALUE_I32, 1, VALUE_I32, 0x60, 0, 0]),
    ...section(2, [1, ...name("wasi_snapshot_preview1"), ...name("fd_write"), 0x00, 0]),
    ...section(3, [1, 1]),
    ...section(5, [1, 0x00, 1]),
    ...section(7, [2, ...name("memory"), 0x02, 0, ...name("_start"), 0x00, 1]),
    ...section(10, [1, ...sized([0, ...constants(STDOUT, 0, 1, WRITTEN_AT), 0x10, 0, 0x1a, 0x0b])]),
    ...section(11, [2, ...data(0, [...word(TEXT_AT), ...word(text.length)]), ...data(TEXT_AT, text)]),
  ]);
}

const section = (id: number, content: number[]): number[] => [id, ...sized(content)];

const sized = (content: number[]): number[] => [...unsigned(content.length), ...content];

const name = (text: string): number[] => sized([...Buffer.from(text)]);

const constants = (...values: number[]): number[] => values.flatMap((value) => [0x41, ...signed(value)]);

const data = (offset: number, bytes: number[]): number[] => [0x00, 0x41, ...signed(offset), 0x0b, ...sized(bytes)];

const word = (value: number): number[] => [...Buffer.from(Uint32Array.of(value).buffer)];

/** LEB128 of a number that is not negative. */
function unsigned(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest === 0 ? [value % 128] : [(value % 128) | 0x80, ...unsigned(rest)];
}

/** Signed LEB128 of a number that is not negative: the last byte's second bit is its sign. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value % 128) | 0x80, ...signed(Math.floor(value / 128))];
}
