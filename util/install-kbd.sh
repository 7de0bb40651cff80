#!/bin/sh
# Keyboard layouts and fonts of the console, and the programs that load them. A patch
# gives the keys Backspace and Delete the same meaning in all layouts.
set -eu

# resizecons would need a library that is long gone; setfont does its work.
sed -i '/RESIZECONS_PROGS=/s/yes/no/' configure
sed -i 's/resizecons.8 //' docs/man/man8/Makefile.in

# --disable-vlock  it would need PAM
./configure \
	--prefix=/usr \
	--disable-vlock

# -n  no time in the packed fonts and layouts
make COMPRESS_PROG='gzip -n'
make COMPRESS_PROG='gzip -n' DESTDIR="$LFS" install

mkdir -p "$LFS/usr/share/doc"
cp -R docs/doc -T "$LFS/usr/share/doc/kbd"

sh "$LFS_SRC/finish.sh"
