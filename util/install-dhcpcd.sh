#!/bin/sh
# Dhcpcd gets the machine's address in the network, from the router. It is not in the
# book, but in its sequel, Beyond Linux From Scratch.
set -eu

# --libexecdir, --dbdir, --runstatedir
#                    its places by the FHS: programs of its own, what it has been told,
#                    and what is only of use until the next start
# --disable-privsep  all in one process. Else it would need an account of its own and
#                    folders for that; the book finds the gain unclear, and takes this
# --without-openssl  its own hash functions do
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--libexecdir=/usr/lib/dhcpcd \
	--dbdir=/var/lib/dhcpcd \
	--runstatedir=/run \
	--disable-privsep \
	--without-openssl
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
