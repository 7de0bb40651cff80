#!/bin/sh
# Make finds out what has to be compiled anew, and does it.
set -eu

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)"
make
make DESTDIR="$LFS" install
