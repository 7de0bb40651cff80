#!/bin/sh
set -eu
make
make DESTDIR="$LFS" install
