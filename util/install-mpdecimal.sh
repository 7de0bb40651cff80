#!/bin/sh
# Mpdecimal calculates with decimal numbers of any size: for Python's module decimal.
set -eu

# --disable-cxx  other than the book: nothing here uses the C++ interface, with which
#                Python would need the compiler's package at run time
./configure \
	--prefix=/usr \
	--disable-static \
	--disable-cxx
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
