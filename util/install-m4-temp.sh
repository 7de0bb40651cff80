#!/bin/sh
# M4, the macro processor: Bison and others work with it.
set -eu

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)"
make
make DESTDIR="$LFS" install
