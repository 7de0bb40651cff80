#!/bin/sh
# Gzip packs single files; many sources are packed with it, and manuals, too.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
