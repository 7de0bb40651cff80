#!/bin/sh
# Attr reads and writes extended attributes: what a file system stores with a file
# besides its content, under any name.
set -eu

# --sysconfdir  /etc, not /usr/etc: xattr.conf says what is copied along with a file
./configure \
	--prefix=/usr \
	--disable-static \
	--sysconfdir=/etc
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
