#!/bin/sh
# File tells what is in a file.
set -eu

# The table that file looks things up in is compiled by file itself, in the same
# version. So make one for the host first; without the libraries that the host
# may have half of, with their headers missing.
mkdir build
(
	cd build
	../configure --disable-bzlib --disable-libseccomp --disable-xzlib --disable-zlib
	make
)

./configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(./config.guess)"
make FILE_COMPILE="$PWD/build/src/file"
make DESTDIR="$LFS" install

# Libtool's archive is harmful while we cross-compile (see install-libstdcpp.sh).
rm "$LFS/usr/lib/libmagic.la"
