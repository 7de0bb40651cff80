#!/bin/sh
# Zlib, for Python: Meson, which is written in it, unpacks with it.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

# Nobody links it statically.
rm "$LFS/usr/lib/libz.a"
