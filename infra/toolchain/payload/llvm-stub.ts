/** A symbol that a library wants from LLVM. */
export interface WantedSymbol {
  name: string;
  kind: "function" | "object" | "thread-local";
  /** Version that the symbol is bound to, such as `LLVM_19.1`. */
  version: string;
}

/** LLVM's own memory functions: static objects call them with nothing to free when the process ends. */
const REAL_FUNCTIONS = ["_ZN4llvm17deallocate_bufferEPvmm"];

/** Destructors of static objects, which run at the end of every process that loaded the library. */
const DESTRUCTOR = /D[012]Ev$/;

/** Larger than any of LLVM's objects that are referred to. */
const OBJECT_BYTES = 4096;

/** Reads the symbols that `readelf --dyn-syms --wide` shows as wanted from an LLVM version. */
export function wantedFromLlvm(readelf: string): WantedSymbol[] {
  const kinds: Record<string, WantedSymbol["kind"]> = { FUNC: "function", OBJECT: "object", TLS: "thread-local" };
  return readelf.split("\n").flatMap((line) => {
    const found = /\s(FUNC|OBJECT|TLS|NOTYPE)\s+\S+\s+\S+\s+UND\s+([^\s@]+)@(LLVM_[\d.]+)/.exec(line);
    if (!found) return [];
    const [, type, name, version] = found as unknown as [string, string, string, string];
    return [{ name, kind: kinds[type] ?? "function", version }];
  });
}

/**
 * Assembly of a library that stands in for LLVM: every wanted symbol is there, so WasmEdge loads, and calling one
 * ends the process with its name. Only compiling modules ahead of time or just in time calls them; crun runs
 * modules in the interpreter. The real library would be nine tenths of the payload.
 */
export function stubAssembly(symbols: readonly WantedSymbol[]): string {
  const own = symbols.filter(({ name }) => !REAL_FUNCTIONS.includes(name));
  const functions = own.filter(({ kind, name }) => kind === "function" && !DESTRUCTOR.test(name));
  const destructors = own.filter(({ kind, name }) => kind === "function" && DESTRUCTOR.test(name));
  const label = (name: string, type: string): string => `.globl ${name}\n.type ${name},%${type}\n${name}:\n`;
  const zeroes = (kind: WantedSymbol["kind"], type: string, bytes: number): string =>
    own
      .filter((symbol) => symbol.kind === kind)
      .map(({ name }) => `.balign 16\n.size ${name},${bytes}\n${label(name, type)}.zero ${bytes}\n`)
      .join("");
  return [
    ".text\n",
    ...functions.map(({ name }, index) => `${label(name, "function")}CALL_NAMED(.Lname${index})\n`),
    ...destructors.map(({ name }) => `${label(name, "function")}ret\n`),
    ".section .rodata\n",
    ...functions.map(({ name }, index) => `.Lname${index}: .asciz "${name}"\n`),
    ".bss\n",
    zeroes("object", "object", OBJECT_BYTES),
    '.section .tbss,"awT",%nobits\n',
    zeroes("thread-local", "tls_object", 16),
    '.section .note.GNU-stack,"",%progbits\n',
  ].join("");
}

/** The preprocessor's part of the assembly: how this architecture passes a name on. */
export const STUB_PRELUDE = `#if defined(__x86_64__)
#define CALL_NAMED(name) lea name(%rip), %rdi; jmp ofwasm_no_llvm@PLT
#elif defined(__aarch64__)
#define CALL_NAMED(name) adrp x0, name; add x0, x0, :lo12:name; b ofwasm_no_llvm
#else
#error "no LLVM stand-in for this architecture"
#endif
`;

/** The C part: what a call does, and the functions that are real. */
export const STUB_FUNCTIONS = `#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noreturn, visibility("hidden"))) void ofwasm_no_llvm(const char *name) {
  static const char message[] = "this WasmEdge interprets modules; it came without LLVM, which was asked for ";
  (void)!write(2, message, sizeof message - 1);
  (void)!write(2, name, strlen(name));
  (void)!write(2, "\\n", 1);
  abort();
}

void _ZN4llvm17deallocate_bufferEPvmm(void *memory, size_t size, size_t alignment) {
  (void)size;
  (void)alignment;
  free(memory);
}
`;

/** Linker script that gives every symbol the wanted version. */
export const stubVersions = (version: string): string => `${version} { global: *; };\n`;
