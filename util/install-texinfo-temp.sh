#!/bin/sh
# Texinfo reads and makes manuals; many packages make theirs while they are built.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install
