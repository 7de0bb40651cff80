#!/bin/sh
# MPFR calculates with floating-point numbers of any precision. GCC uses it.
set -eu

# --enable-thread-safe  several threads may use it at once
./configure --prefix=/usr --disable-static --enable-thread-safe
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
