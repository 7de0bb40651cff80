#!/bin/sh
# Findutils: find, and xargs, which runs a command on what find has found.
set -eu

# --localstatedir  where locate's database belongs by the filesystem standard
./configure \
	--prefix=/usr \
	--localstatedir=/var/lib/locate \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)"
make
make DESTDIR="$LFS" install
