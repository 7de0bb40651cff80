#!/bin/sh
# Man shows manual pages; apropos and whatis search in their titles.
set -eu

# --disable-setuid      man runs as whoever calls it, not as a user of its own
# --enable-cache-owner  the titles' database belongs to an account that exists: bin
# --with-browser and the rest
#                       programs that are not here, but may be some day: lynx shows web
#                       pages as text, vgrind and grap prepare text for groff
# --with-systemd...     no files for systemd
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--disable-setuid \
	--enable-cache-owner=bin \
	--with-browser=/usr/bin/lynx \
	--with-vgrind=/usr/bin/vgrind \
	--with-grap=/usr/bin/grap \
	--with-systemdtmpfilesdir= \
	--with-systemdsystemunitdir=
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
