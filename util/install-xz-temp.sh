#!/bin/sh
# Xz packs and unpacks files better than gzip; most sources are packed with it.
set -eu

# The book's --docdir is left out: no documentation is kept from this chapter.
./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(build-aux/config.guess)" \
	--disable-static
make
make DESTDIR="$LFS" install

# Libtool's archive is harmful while we cross-compile (see install-libstdcpp.sh).
rm "$LFS/usr/lib/liblzma.la"
