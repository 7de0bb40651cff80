#!/bin/sh
# The C library, for building: headers, libraries, and musl-gcc, the compiler of
# the host told to use these instead of the host's own. Programs compiled by it
# depend on the C library of this system only.
#
# (What stays the host's is gcc itself and its support code, libgcc, which knows
# nothing of any C library. The full Linux From Scratch system goes further, and
# builds its own compiler first.)
set -eu

# The stage `system` has this package in its root, so the paths are those of a
# tool on the host: a folder of its own, well away from the host's library, and
# the command where commands are found. Only the loader, which starts programs,
# has to be in /lib: every program asks for it by that path.
./configure \
	--prefix=/usr/local/musl \
	--bindir=/usr/local/bin \
	--syslibdir=/lib \
	--enable-wrapper=gcc
make

# /lib is a link to usr/lib, on the host as in the new system.
mkdir -p "$LFS/usr/lib"
ln -s usr/lib "$LFS/lib"
make DESTDIR="$LFS" install
