#!/bin/sh
# Groff formats text for terminal and paper. The manual pages are written for it.
set -eu

# PAGE  the size of paper if /etc/papersize does not say another (such as letter)
PAGE=A4 ./configure --prefix=/usr
# Only one job at a time: its makefile does not name all that depends on each other.
make -j1
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
