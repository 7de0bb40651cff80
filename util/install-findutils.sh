#!/bin/sh
# Find looks for files, xargs runs programs on what it finds; locate has a database.
set -eu

# --localstatedir  by the FHS this is the place of the database
./configure \
	--prefix=/usr \
	--localstatedir=/var/lib/locate
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
