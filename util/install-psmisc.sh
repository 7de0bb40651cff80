#!/bin/sh
# Psmisc shows running processes: as a tree, or those that use a file; and ends them by
# their name.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
