#!/bin/sh
# Bison makes parsers out of grammars; glibc is built with it.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install
