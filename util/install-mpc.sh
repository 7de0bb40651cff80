#!/bin/sh
# MPC calculates with complex numbers of any precision. GCC uses it.
set -eu

./configure --prefix=/usr --disable-static
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
