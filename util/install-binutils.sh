#!/bin/sh
# The linker, the assembler and what else works on object files.
set -eu

# How to link with zstd. Pkg-config, which is asked otherwise, is not there yet; and each
# folder is configured by itself, while make runs, so that options would not do.
export ZSTD_CFLAGS=-I/usr/include ZSTD_LIBS=-lzstd

mkdir build
cd build

# --sysconfdir           settings in /etc, not /usr/etc
# --enable-ld=default    ld is BFD's linker
# --enable-plugins       the linker can call the compiler (link-time optimization)
# --enable-shared        libbfd as a shared library
# --disable-werror       warnings of a newer compiler do not end the build
# --enable-64-bit-bfd    also handle foreign 64-bit formats
# --enable-new-dtags     write RUNPATH, which users can override, rather than RPATH
# --with-system-zlib     use zlib rather than a copy of it
# --with-lib-path        where the linker looks: no folder for 64 bits, no /usr/local
# --enable-default-hash-style=gnu
#                        only the newer, faster table of symbols
# Other than the book:
# --enable-deterministic-archives
#                        no dates and users in static libraries, whoever makes them
# --disable-gprofng      a profiler written in C++: it would need the compiler's
#                        library, and the compiler needs this package
# --with-zstd            read and write debugging symbols compressed with zstd
../configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--enable-ld=default \
	--enable-plugins \
	--enable-shared \
	--disable-werror \
	--enable-64-bit-bfd \
	--enable-new-dtags \
	--with-system-zlib \
	--with-lib-path=/usr/lib \
	--enable-default-hash-style=gnu \
	--enable-deterministic-archives \
	--disable-gprofng \
	--with-zstd
# tooldir: this is no cross linker, so leave out the folder x86_64-pc-linux-gnu.
make tooldir=/usr
make tooldir=/usr DESTDIR="$LFS" install

# Nobody links these statically.
rm -f "$LFS"/usr/lib/libbfd.a "$LFS"/usr/lib/libctf.a "$LFS"/usr/lib/libctf-nobfd.a \
	"$LFS"/usr/lib/libopcodes.a "$LFS"/usr/lib/libsframe.a

sh "$LFS_SRC/finish.sh"
