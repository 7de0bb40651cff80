#!/bin/sh
# The C library, for running: one file, which every program here shares. It is
# the loader that starts programs, too.
#
# This is a virtual package: it builds the sources of `musl` a second time, and
# takes only what a finished system needs of them. Headers and static libraries
# would be of no use where there is no compiler.
set -eu

./configure --prefix=/usr --syslibdir=/lib --disable-static --disable-wrapper
make lib/libc.so
strip --strip-unneeded lib/libc.so

mkdir -p "$LFS/usr/lib" "$LFS/usr/bin"
cp lib/libc.so "$LFS/usr/lib/libc.so"
# The name that programs ask for has musl's own word for the machine in it.
arch=$(sed -n 's/^ARCH = //p' config.mak)
ln -s libc.so "$LFS/usr/lib/ld-musl-$arch.so.1"

# Called by this name it shows which libraries a program needs.
ln -s ../lib/libc.so "$LFS/usr/bin/ldd"
