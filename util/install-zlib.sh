#!/bin/sh
# Zlib packs and unpacks, for very many programs.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

# Nobody links it statically.
rm "$LFS/usr/lib/libz.a"

sh "$LFS_SRC/finish.sh"
