#!/bin/sh
# Chrony keeps the clock right, by asking others over the network (NTP).
set -eu

# --chronyrundir      for chronyc, which asks the service what it knows
# --with-user         it becomes this user as soon as it may set the clock (libcap does that)
# --without-editline,  chronyc is for single commands here
# --without-readline
# --without-*         no encrypted time (NTS): that needs one of these libraries
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--localstatedir=/var \
	--chronyrundir=/run/chrony \
	--with-user=chrony \
	--without-editline \
	--without-nettle \
	--without-gnutls \
	--without-nss \
	--without-tomcrypt
make
make DESTDIR="$LFS" install

mkdir -p "$LFS/etc/rc.d"
install -m 644 lfd/chrony.conf "$LFS/etc/"
install -m 755 lfd/65-chronyd "$LFS/etc/rc.d/"

sh "$LFS_SRC/finish.sh"
