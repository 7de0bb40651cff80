#!/bin/sh
# GLib: lists, trees, texts and a loop for events, which C has not. For qemu-guest-agent.
set -eu

mkdir build
cd build

# -D introspection=disabled  no descriptions of its functions for other languages: that needs
#                            a package more
# -D man-pages=disabled      made by tools for documents that are not here
# -D selinux, libelf, nls    nothing here asks for them
# -D tests=false             they would be installed, too
meson setup .. \
	--prefix=/usr \
	--buildtype=release \
	--wrap-mode=nofallback \
	-D introspection=disabled \
	-D man-pages=disabled \
	-D documentation=false \
	-D selinux=disabled \
	-D libelf=disabled \
	-D nls=disabled \
	-D sysprof=disabled \
	-D tests=false
ninja
DESTDIR="$LFS" ninja install

sh "$LFS_SRC/finish.sh"
