#!/bin/sh
# The guest agent answers a hypervisor in the machine itself: which addresses it has, that it
# should power off, that its disks be still for a copy. QEMU's source has it; QEMU is not built.
set -eu

# --without-default-features  nothing but what is asked for
# --disable-system,           no emulators
# --disable-user,
# --disable-tools
# --disable-install-blobs     no firmware for emulated machines
# --disable-download          nothing is fetched while it is built
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--localstatedir=/var \
	--without-default-features \
	--disable-system \
	--disable-user \
	--disable-tools \
	--disable-docs \
	--disable-install-blobs \
	--disable-download \
	--enable-guest-agent
make qemu-ga

install -D -m 755 build/qga/qemu-ga "$LFS/usr/bin/qemu-ga"
install -D -m 755 lfd/80-guest-agent "$LFS/etc/rc.d/80-guest-agent"

sh "$LFS_SRC/finish.sh"
