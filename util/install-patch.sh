#!/bin/sh
# Patch applies what diff has written.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
