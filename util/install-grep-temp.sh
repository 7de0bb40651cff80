#!/bin/sh
# Grep searches through the content of files.
set -eu

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(./build-aux/config.guess)"
make
make DESTDIR="$LFS" install
