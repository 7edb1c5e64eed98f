#!/bin/bash
# Builds crun with WasmEdge support and the program that holds a pod's namespaces; runs inside the builder's root.
#   build-crun LOADER_PREFIX     /build has the sources, /build/out gets crun and pause
set -euo pipefail
prefix=$1
cd /build

# Static libraries first in the search path: only what WasmEdge and systemd's bus need stays a shared library.
libraries=$(dirname "$(gcc -print-file-name=libcap.a)")
mkdir -p static out
cp "$libraries/libyajl_s.a" static/libyajl.a
cp "$libraries/libcap.a" "$libraries/libseccomp.a" static/

gcc -Os -static -s -Wl,--build-id=none -o out/pause pause.c

cd crun
./configure --with-wasmedge --disable-shared --enable-static \
  CFLAGS="-O2 -g0 -ffile-prefix-map=$PWD=." LDFLAGS="-L/build/static -Wl,--build-id=none"
# The parser of the OCI specification first: crun includes headers that its build generates.
make -j2 -C libocispec
make git-version.h
make -j2 crun
strip crun
# Absolute paths: crun runs a copy of itself from memory, where $ORIGIN would be nowhere. The old kind of path
# (force-rpath) also counts for what the libraries load.
loader=$(basename "$(patchelf --print-interpreter crun)")
patchelf --set-interpreter "$prefix/lib/$loader" --force-rpath --set-rpath "$prefix/lib" crun
cp crun ../out/crun
