#!/bin/sh
set -eu
make DESTDIR="$LFS" install
