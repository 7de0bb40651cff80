#!/bin/sh
# Nftables tells the kernel's firewall its rules: the command nft, and the service that reads
# them from a file.
set -eu

# --without-cli         rules come from a file or as one command, so no library for typing
#                       is needed
# --disable-man-doc     the manual comes ready with the source; making it anew needs asciidoc
# --disable-python      no module for Python
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--disable-static \
	--disable-python \
	--disable-man-doc \
	--without-cli
make
make DESTDIR="$LFS" install
install -D -m 644 doc/nft.8 "$LFS/usr/share/man/man8/nft.8"

mkdir -p "$LFS/etc/rc.d"
install -m 755 lfd/58-firewall "$LFS/etc/rc.d/"

sh "$LFS_SRC/finish.sh"
