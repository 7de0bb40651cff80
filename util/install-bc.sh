#!/bin/sh
# Bc calculates with numbers of any length; the kernel is built with it.
set -eu

# CC   the standard of C that this package is written for
# -G   no tests that need another bc to be installed
# -O3  it is to be fast
# -r   its command line is edited by Readline
CC='gcc -std=c99' ./configure --prefix=/usr -G -O3 -r
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
