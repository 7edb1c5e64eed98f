import { goBuild, goBuildInputs, linkerFlags } from "./go-build";
import type { ProduceContext } from "./store";

const build = { module: "flannel", binaries: { flanneld: "example.org/flannel" }, architecture: "amd64" } as const;

test("variables are set by the linker, and only parts in C are linked by gcc", () => {
  expect(linkerFlags({ "a.b": "1" })).toBe("-s -w -X a.b=1");
  expect(linkerFlags({}, true)).toBe("-s -w -linkmode external -extldflags -static");
});

test("a build with parts in C is another build", () => {
  expect(goBuildInputs({ ...build, cgo: true })).not.toEqual(goBuildInputs(build));
  expect(goBuildInputs({ ...build, cgo: false })).toEqual(goBuildInputs(build));
});

test("parts in C are not built for machines of another architecture", async () => {
  const architecture = process.arch === "arm64" ? "amd64" : "arm64";
  const other = goBuild({ ...build, architecture, cgo: true }, "/nowhere", {} as ProduceContext);
  await expect(other).rejects.toThrow(`flannel for ${architecture}: has parts in C`);
});
