import { checksums, GENERATION_PLACEHOLDER, glibcNeeded, librariesOf, nameGeneration, sha256 } from "./contents";

const file = (path: string, text: string, mode = 0o644) => ({ path, data: Buffer.from(text), mode });

describe("nameGeneration", () => {
  it("puts the name in every place that asks for it, without moving anything", () => {
    const { id, files } = nameGeneration([file("b", `x${GENERATION_PLACEHOLDER}y${GENERATION_PLACEHOLDER}`)]);
    expect(Buffer.from(files[0]!.data).toString()).toBe(`x${id}y${id}`);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it("depends on paths, modes and content, not on order", () => {
    const a = file("a", "1");
    const b = file("b", "2");
    const { id } = nameGeneration([a, b]);
    expect(nameGeneration([b, a]).id).toBe(id);
    for (const other of [file("c", "2"), file("b", "3"), file("b", "2", 0o755)])
      expect(nameGeneration([a, other]).id).not.toBe(id);
  });
});

it("lists checksums as sha256sum reads them", () => {
  expect(checksums([file("bin/a", "1")])).toBe(`${sha256("1")}  bin/a\n`);
});

it("finds the highest glibc version by number, not by text", () => {
  expect(glibcNeeded("GLIBC_2.9 GLIBC_2.38 GLIBCXX_3.4.30 GLIBC_2.4 GLIBC_PRIVATE")).toBe("2.38");
  expect(glibcNeeded("")).toBe("none");
});

describe("librariesOf", () => {
  it("names libraries and the loader, not what the kernel brings", () => {
    const ldd = [
      "\tlinux-vdso.so.1 (0x00007ffe)",
      "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)",
      "\t/lib64/ld-linux-x86-64.so.2 (0x00007f)",
    ].join("\n");
    expect([...librariesOf(ldd)]).toEqual([
      ["libm.so.6", "/lib/x86_64-linux-gnu/libm.so.6"],
      ["ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2"],
    ]);
  });

  it("refuses a library that is not there", () => {
    expect(() => librariesOf("\tlibx.so.1 => not found")).toThrow("libx.so.1");
  });
});
