#!/bin/sh
# Sed edits text as it flows by.
set -eu

./configure --prefix=/usr
make
make html
make DESTDIR="$LFS" install
install -D -m 644 -t "$LFS/usr/share/doc/sed" doc/sed.html

sh "$LFS_SRC/finish.sh"
