#!/bin/sh
# Zstandard packs as well as zlib and is several times faster.
set -eu

make prefix=/usr
make prefix=/usr DESTDIR="$LFS" install

# Nobody links it statically.
rm "$LFS/usr/lib/libzstd.a"

sh "$LFS_SRC/finish.sh"
