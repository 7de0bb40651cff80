#!/bin/sh
# Xz packs files better than gzip and bzip2; most sources are packed with it.
set -eu

./configure \
	--prefix=/usr \
	--disable-static
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
