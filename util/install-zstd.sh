#!/bin/sh
# Zstandard packs as well as zlib and is several times faster.
set -eu

# Its checks of itself tell the source file, by its whole path: leave the folder of the
# build out of it. (MOREFLAGS is for flags that come after Zstandard's own.)
export MOREFLAGS="-ffile-prefix-map=$PWD/="

make prefix=/usr
make prefix=/usr DESTDIR="$LFS" install

# Nobody links it statically.
rm "$LFS/usr/lib/libzstd.a"

sh "$LFS_SRC/finish.sh"
