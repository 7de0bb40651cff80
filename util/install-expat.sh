#!/bin/sh
# Expat, a library that reads XML: for Python and others.
set -eu

./configure \
	--prefix=/usr \
	--disable-static
make
make DESTDIR="$LFS" install

install -D -m 644 -t "$LFS/usr/share/doc/expat" doc/*.html doc/*.css

sh "$LFS_SRC/finish.sh"
