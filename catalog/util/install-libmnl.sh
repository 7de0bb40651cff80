#!/bin/sh
# Libmnl: how programs and the kernel's network talk to each other (Netlink), in little code.
set -eu

./configure \
	--prefix=/usr \
	--disable-static
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
