#!/bin/sh
# Gawk, the awk of GNU: a language for working on text line by line.
set -eu

# No extra programs and examples.
sed -i 's/extras//' Makefile.in

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)"
make
make DESTDIR="$LFS" install
