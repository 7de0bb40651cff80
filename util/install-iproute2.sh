#!/bin/sh
# Ip, ss, tc and bridge set up the network. It has no tests that work.
set -eu

# arpd would need Berkeley DB, so it is not built; leave out its folder and manual, too.
sed -i '/ARPD/d' Makefile
rm -f man/man8/arpd.8

# NETNS_RUN_DIR  /var/run is only a link to /run
make NETNS_RUN_DIR=/run/netns
# SBINDIR  /sbin is only a link to /usr/sbin
make NETNS_RUN_DIR=/run/netns SBINDIR=/usr/sbin DESTDIR="$LFS" install

install -D -m 644 -t "$LFS/usr/share/doc/iproute2" COPYING README*

sh "$LFS_SRC/finish.sh"
