#!/bin/sh
# Libxcrypt hashes passwords, so that nobody can read them where they are stored.
set -eu

# What strchr() returns is const from glibc 2.43 on. Needed by version 4.5.2 only.
sed -i '/strchr/s/const//' lib/crypt-*-yescrypt.c

# --enable-hashes           the strong methods, and those that glibc once had
# --enable-obsolete-api=no  without functions that only very old binaries ask for
# --disable-failure-tokens  return NULL on failure, as glibc did
./configure \
	--prefix=/usr \
	--enable-hashes=strong,glibc \
	--enable-obsolete-api=no \
	--disable-static \
	--disable-failure-tokens
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
