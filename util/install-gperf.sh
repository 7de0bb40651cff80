#!/bin/sh
# Gperf makes functions that find a word in a fixed list at the first look. Systemd
# needs it to be built.
set -eu

# --docdir  it forgets its own name otherwise: doc/gperf.html instead of doc/gperf/
./configure \
	--prefix=/usr \
	--docdir=/usr/share/doc/gperf
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
