#!/bin/sh
# Libelf, the part of elfutils that reads and writes ELF files: for the kernel's build,
# iproute2 and others.
set -eu

# --disable-debuginfod, --enable-libdebuginfod=dummy
#                fetch no debugging symbols from a server
./configure \
	--prefix=/usr \
	--disable-debuginfod \
	--enable-libdebuginfod=dummy
make -C lib
make -C libelf

make -C libelf DESTDIR="$LFS" install
install -D -m 644 -t "$LFS/usr/lib/pkgconfig" config/libelf.pc
rm "$LFS/usr/lib/libelf.a"

sh "$LFS_SRC/finish.sh"
