#!/bin/sh
# Util-linux: mount, fdisk, agetty, kill, lsblk and very much more, and libraries that
# know file systems.
set -eu

# --bindir, --sbindir, --libdir
#                    by default parts of it go to /bin, /sbin and /lib
# --runstatedir      /var/run is only a link to /run
# --disable-*        what shadow has (chfn, login, su, ...), or needs libraries that are
#                    not here
# --without-python   no bindings for Python
# --without-systemd, --without-systemdsystemunitdir
#                    init is sysvinit; the same as in the book's edition for that
# --without-udev     lsblk reads file systems itself instead of asking udev. The book has
#                    udev here; but udev is built with this package's libraries.
# ADJTIME_PATH       the place of the clock's settings by the FHS
./configure \
	--bindir=/usr/bin \
	--libdir=/usr/lib \
	--runstatedir=/run \
	--sbindir=/usr/sbin \
	--disable-chfn-chsh \
	--disable-login \
	--disable-nologin \
	--disable-su \
	--disable-setpriv \
	--disable-runuser \
	--disable-pylibmount \
	--disable-liblastlog2 \
	--disable-static \
	--without-python \
	--without-systemd \
	--without-systemdsystemunitdir \
	--without-udev \
	ADJTIME_PATH=/var/lib/hwclock/adjtime
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
