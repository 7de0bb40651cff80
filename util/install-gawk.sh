#!/bin/sh
# Gawk is awk, a language for taking apart lines of text.
set -eu

# Some small programs in Awk that nobody needs.
sed -i 's/extras//' Makefile.in

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

# There is a link awk already; its manual page is the same, too.
ln -sf gawk.1 "$LFS/usr/share/man/man1/awk.1"

install -D -m 644 -t "$LFS/usr/share/doc/gawk" doc/awkforai.txt doc/*.eps doc/*.pdf doc/*.jpg

sh "$LFS_SRC/finish.sh"
