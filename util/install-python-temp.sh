#!/bin/sh
# Python, for the build systems of glibc and others. Modules that need libraries
# which are not there yet (OpenSSL, libffi, ...) are left out; make says which.
set -eu

# --enable-shared       no static library
# --without-ensurepip   no installer of modules
# --without-static-libpython
#                       nobody links Python into a program here
./configure \
	--prefix=/usr \
	--enable-shared \
	--without-ensurepip \
	--without-static-libpython
make
make DESTDIR="$LFS" install
