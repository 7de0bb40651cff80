#!/bin/sh
# The basic programs of every Unix: ls, cp, cat, chmod, date, sort and some hundred more.
set -eu

# The patch for characters of several bytes changes what configure is made of. Make it
# again, but only then: this needs Autoconf and Automake. Without -i autoreconf does not
# bring Automake's own files up to date (with it, it would fall back to an old gettext);
# automake -a does.
if [ -n "$(find configure.ac m4 src/local.mk lib/local.mk -type f -newer configure 2>/dev/null)" ]; then
	autoreconf -fv
	automake -af
fi

# FORCE_UNSAFE_CONFIGURE  configure does not want to be run by root
# Not built unless asked for (before version 9.10 they were): kill and uptime, which are
# in util-linux and procps-ng.
FORCE_UNSAFE_CONFIGURE=1 ./configure --prefix=/usr
make
make DESTDIR="$LFS" install

# By the FHS chroot is a program of the administrator.
mkdir -p "$LFS/usr/sbin" "$LFS/usr/share/man/man8"
mv "$LFS/usr/bin/chroot" "$LFS/usr/sbin/"
mv "$LFS/usr/share/man/man1/chroot.1" "$LFS/usr/share/man/man8/chroot.8"
sed -i 's/"1"/"8"/' "$LFS/usr/share/man/man8/chroot.8"

sh "$LFS_SRC/finish.sh"
