#!/bin/sh
# Kmod loads and unloads modules of the kernel: modprobe, lsmod and others.
set -eu

mkdir build
cd build

# --buildtype=release   optimise, without debugging symbols
# -D manpages=false     these need a program that is not there (scdoc)
meson setup .. \
	--prefix=/usr \
	--buildtype=release \
	-D manpages=false
ninja
DESTDIR="$LFS" ninja install

sh "$LFS_SRC/finish.sh"
