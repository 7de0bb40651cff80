#!/bin/sh
# Diff, cmp, diff3 and sdiff show in what files differ.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
