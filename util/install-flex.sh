#!/bin/sh
# Flex makes programs that find patterns in text, from a description of the patterns.
set -eu

./configure \
	--prefix=/usr \
	--disable-static
make
make DESTDIR="$LFS" install

# Some know it by the name of what it replaces. Under this name it behaves alike.
ln -s flex "$LFS/usr/bin/lex"
ln -s flex.1 "$LFS/usr/share/man/man1/lex.1"

sh "$LFS_SRC/finish.sh"
