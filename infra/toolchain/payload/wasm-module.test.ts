import { lineModule } from "./wasm-module";

/** What this test needs of the engine's own WebAssembly, whose types belong to the browser's. */
interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: object,
  ) => { exports: { memory: { buffer: ArrayBuffer }; _start: () => void } };
}

const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

describe("lineModule", () => {
  it("writes its line to standard output and nothing else", () => {
    for (const line of ["", "wasm ok", "x".repeat(5000)]) {
      const written: string[] = [];
      let memory: ArrayBuffer = new ArrayBuffer(0);
      const module = new engine.Module(lineModule(line));
      const instance = new engine.Instance(module, {
        wasi_snapshot_preview1: {
          fd_write: (fd: number, list: number, count: number): number => {
            const view = new DataView(memory);
            expect([fd, count]).toEqual([1, 1]);
            written.push(
              Buffer.from(memory, view.getUint32(list, true), view.getUint32(list + 4, true)).toString("utf8"),
            );
            return 0;
          },
        },
      });
      memory = instance.exports.memory.buffer;
      instance.exports._start();
      expect(written).toEqual([`${line}\n`]);
    }
  });

  it("is the same bytes each time", () => {
    expect(lineModule("a")).toEqual(lineModule("a"));
  });
});
