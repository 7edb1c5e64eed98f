#!/bin/bash
# Compiles crun with WasmEdge support on the machine that will run it; comes with the payload for building there.
#   compile-crun.sh PREFIX [LOADER]     in a folder with crun.tar.gz and include/; leaves out/crun there
# PREFIX is the generation's folder, in which crun will look for libraries; LOADER is one of its own, where the
# machine's C library is too old for them.
set -euo pipefail
prefix=$1 loader=${2-}
work=$PWD
jobs=$(nproc)

# Static libraries first in the search path, where the distribution has them: what was only installed for the
# compilation may go afterwards. Only the C library and systemd's bus stay shared; no machine is without them.
mkdir -p static out crun
for pair in libyajl_s.a:libyajl.a libcap.a:libcap.a libseccomp.a:libseccomp.a; do
  library=$(gcc -print-file-name="${pair%:*}")
  if [[ -f $library ]]; then cp "$library" "static/${pair#*:}"; fi
done

tar -xzf crun.tar.gz -C crun --strip-components=1 --no-same-owner
cd crun
./configure --with-wasmedge --disable-shared --enable-static CPPFLAGS="-I$work/include" \
  CFLAGS="-O2 -g0 -ffile-prefix-map=$PWD=." LDFLAGS="-L$work/static -Wl,--build-id=none"
# The parser of the OCI specification first: crun includes headers that its build generates.
make -j"$jobs" -C libocispec
make git-version.h
# An absolute path: crun runs a copy of itself from memory, where $ORIGIN would be nowhere. The old kind of path
# also counts for what the libraries load. The loader only now: configure runs what it links, and it is not there yet.
make -j"$jobs" crun LDFLAGS="-L$work/static -Wl,--build-id=none -Wl,-rpath,$prefix/lib -Wl,--disable-new-dtags ${loader:+-Wl,--dynamic-linker=$loader}"
strip crun
cp crun ../out/crun
