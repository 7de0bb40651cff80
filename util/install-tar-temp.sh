#!/bin/sh
# Tar unpacks the source archives that follow.
set -eu

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)"
make
make DESTDIR="$LFS" install
