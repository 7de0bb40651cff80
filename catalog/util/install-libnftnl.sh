#!/bin/sh
# Libnftnl speaks of tables, chains and rules with the kernel's firewall.
set -eu

./configure \
	--prefix=/usr \
	--disable-static
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
