#!/bin/sh
# Libpipeline runs chains of programs for man-db. (Its tests need Check, a library that
# is not here.)
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
