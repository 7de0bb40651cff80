#!/bin/sh
# Tar packs many files into one; sources come as such archives. A patch lets it be built
# with acl 2.4.
set -eu

# FORCE_UNSAFE_CONFIGURE  configure does not want to be run by root
FORCE_UNSAFE_CONFIGURE=1 ./configure --prefix=/usr
make
make DESTDIR="$LFS" install
make -C doc DESTDIR="$LFS" install-html

sh "$LFS_SRC/finish.sh"
