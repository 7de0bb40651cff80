#!/bin/sh
# Make runs what has to be run again because its sources have changed.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
