#!/bin/sh
# Pkgconf tells build systems with which options to use a library.
set -eu

mkdir build
cd build

# Meson, the build system, is not there yet: its source will do.
# --buildtype=release  optimized, without debugging symbols
python3 ../../meson/meson.py setup --prefix=/usr --buildtype=release ..
ninja
DESTDIR="$LFS" ninja install

# Most know it by the name of the program that it replaces.
ln -s pkgconf "$LFS/usr/bin/pkg-config"
ln -s pkgconf.1 "$LFS/usr/share/man/man1/pkg-config.1"

sh "$LFS_SRC/finish.sh"
