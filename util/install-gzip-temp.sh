#!/bin/sh
# Gzip packs and unpacks files.
set -eu

# The book does without --build. With it configure does not even try to run what
# it compiles, and the result is the same on every host.
./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)"
make
make DESTDIR="$LFS" install
