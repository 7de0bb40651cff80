#!/bin/sh
# GDBM, a small database in a file: Perl and Python can keep hashes in it.
set -eu

# --enable-libgdbm-compat  also the older interfaces, DBM and NDBM: some programs know
#                          nothing else
./configure \
	--prefix=/usr \
	--disable-static \
	--enable-libgdbm-compat
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
