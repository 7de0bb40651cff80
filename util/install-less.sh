#!/bin/sh
# Less shows text page by page; man and others use it.
set -eu

# --sysconfdir  its settings are in /etc, not /usr/etc
./configure \
	--prefix=/usr \
	--sysconfdir=/etc
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
