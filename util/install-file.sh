#!/bin/sh
# File tells what kind of data a file holds. It looks into packed files, too, with the
# libraries of those who pack.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
