#!/bin/sh
# M4 replaces macros in text: Autoconf, Bison and Flex are made of it.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
