#!/bin/sh
# Bison makes programs that understand a language, from the language's grammar.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
