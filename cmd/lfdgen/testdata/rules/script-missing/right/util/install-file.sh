#!/bin/sh
set -eu
./configure --prefix=/usr
make
make DESTDIR="$LFS" install
