#!/bin/sh
# Acl reads and writes access control lists: finer rights than those of owner, group
# and others.
set -eu

./configure \
	--prefix=/usr \
	--disable-static
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
