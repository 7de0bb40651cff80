#!/bin/sh
# Ps, top, free, pgrep, sysctl and others show and change what the kernel is doing.
set -eu

# --disable-kill      kill is in util-linux
# --enable-watch8bit  watch shows characters of several bytes
# The book's --with-systemd is left out, as in its edition for sysvinit.
./configure \
	--prefix=/usr \
	--disable-static \
	--disable-kill \
	--enable-watch8bit
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
