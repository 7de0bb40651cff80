#!/bin/sh
# Programs for the network: ping, hostname, ftp, telnet, traceroute and others.
set -eu

# GCC 14 and later refuse a call of a function that is not declared. (In the versions
# up to 2.8; a miss does no harm.)
sed -i 's/def HAVE_TERMCAP_TGETENT/ 1/' telnet/telnet.c

# --bindir           as it would be without; the book names it
# --localstatedir    /var, not /usr/var
# --disable-logger   util-linux has a newer one
# --disable-whois    outdated
# --disable-rcp, --disable-rexec, --disable-rlogin, --disable-rsh
#                    they send passwords in clear: use SSH
# --disable-servers  not part of a basic system, and some of them are insecure
./configure \
	--prefix=/usr \
	--bindir=/usr/bin \
	--localstatedir=/var \
	--disable-logger \
	--disable-whois \
	--disable-rcp \
	--disable-rexec \
	--disable-rlogin \
	--disable-rsh \
	--disable-servers
make
make DESTDIR="$LFS" install

# Only root has use for it.
mkdir -p "$LFS/usr/sbin"
mv "$LFS/usr/bin/ifconfig" "$LFS/usr/sbin/"

sh "$LFS_SRC/finish.sh"
