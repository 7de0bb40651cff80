#!/bin/sh
# Util-linux: mount, and many other programs that build systems expect.
set -eu

# ADJTIME_PATH       the place of the clock's settings by the FHS
# --bindir, --sbindir, --libdir
#                    by default parts of it go to /bin, /sbin and /lib
# --disable-*        parts that need packages which are not there yet, or which other
#                    packages have
# --without-python   no bindings for Python
./configure \
	--bindir=/usr/bin \
	--sbindir=/usr/sbin \
	--libdir=/usr/lib \
	--runstatedir=/run \
	--disable-chfn-chsh \
	--disable-login \
	--disable-nologin \
	--disable-su \
	--disable-setpriv \
	--disable-runuser \
	--disable-pylibmount \
	--disable-static \
	--disable-liblastlog2 \
	--without-python \
	ADJTIME_PATH=/var/lib/hwclock/adjtime
make
make DESTDIR="$LFS" install
