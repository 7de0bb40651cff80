#!/bin/sh
# Lz4 packs and unpacks very fast; systemd and others pack with it what they store.
set -eu

# There is no configure: the makefile takes its settings as variables.
make BUILD_STATIC=no PREFIX=/usr
make BUILD_STATIC=no PREFIX=/usr DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
