#!/bin/sh
# SQLite, a database in a file that needs no server: for Python and others.
set -eu

# --enable-fts4, --enable-fts5  search in whole texts
# COLUMN_METADATA   tell from which table a column of a result comes
# UNLOCK_NOTIFY     tell a program when what it waits for is free
# DBSTAT_VTAB       a table that tells where the space goes
# SECURE_DELETE     overwrite with zeros what is deleted
# LDFLAGS.rpath=    no search path in the programs: the library is where all are
# The book's manual, which is a file of its own, is left out.
./configure \
	--prefix=/usr \
	--disable-static \
	--enable-fts4 \
	--enable-fts5 \
	CPPFLAGS="-D SQLITE_ENABLE_COLUMN_METADATA=1 \
		-D SQLITE_ENABLE_UNLOCK_NOTIFY=1 \
		-D SQLITE_ENABLE_DBSTAT_VTAB=1 \
		-D SQLITE_SECURE_DELETE=1"
make LDFLAGS.rpath=
make LDFLAGS.rpath= DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
