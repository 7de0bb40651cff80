#!/bin/sh
# Autoconf writes the configure scripts of other packages. It consists of scripts.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

# There is nothing to strip; but info/dir may have come.
sh "$LFS_SRC/finish.sh"
