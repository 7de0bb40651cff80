#!/bin/sh
# The cross assembler and linker. They come first: GCC and glibc ask them what
# they can do before they decide on features of their own.
set -eu

mkdir build
cd build

# --with-sysroot   where the new system's libraries and headers are found
# --target         LFS_TGT differs from the host's own name only in its second
#                  word, and that makes all the difference: a cross build, which
#                  never takes the host's libraries for the new system's
# --disable-nls    no translations, and --enable-gprofng=no no profiler: these
#                  are tools for a few hours
# --disable-werror a warning that only a newer host compiler has is no error
# --enable-new-dtags, --enable-default-hash-style=gnu
#                  what the final linker writes too: RUNPATH instead of RPATH,
#                  and only the hash table that glibc's loader reads
# --enable-deterministic-archives
#                  not in the book: static libraries without the time of their
#                  making, so that they come out the same every time
../configure \
	--prefix="$LFS/tools" \
	--with-sysroot="$LFS" \
	--target="$LFS_TGT" \
	--disable-nls \
	--enable-gprofng=no \
	--disable-werror \
	--enable-new-dtags \
	--enable-default-hash-style=gnu \
	--enable-deterministic-archives
make
make install
