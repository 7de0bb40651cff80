#!/bin/sh
# Attr reads and writes extended attributes: what a file system stores with a file
# besides its content, under any name.
set -eu

./configure \
	--prefix=/usr \
	--disable-static \
	--sysconfdir=/etc
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
