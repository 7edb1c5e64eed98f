import { isCLibrary } from "./libraries";

it("tells the C library, which a machine may have newer, from what is shipped to every machine", () => {
  for (const name of ["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2"])
    expect([name, isCLibrary(name)]).toEqual([name, true]);
  for (const name of ["libcap.so.2", "libgcc_s.so.1", "libstdc++.so.6", "libwasmedge.so.0", "libz.so.1"])
    expect([name, isCLibrary(name)]).toEqual([name, false]);
});
