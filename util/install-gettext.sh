#!/bin/sh
# Gettext lets programs speak the user's language.
set -eu

./configure \
	--prefix=/usr \
	--disable-static
make
make DESTDIR="$LFS" install

# It is loaded before a program's other libraries, and has to be executable for that.
chmod 0755 "$LFS/usr/lib/preloadable_libintl.so"

sh "$LFS_SRC/finish.sh"
