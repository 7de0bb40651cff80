#!/bin/sh
# Sed, the stream editor.
set -eu

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(./build-aux/config.guess)"
make
make DESTDIR="$LFS" install
