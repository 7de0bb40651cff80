#!/bin/sh
# Patch changes files as a patch says, which diff has made.
set -eu

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)"
make
make DESTDIR="$LFS" install
