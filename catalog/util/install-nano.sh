#!/bin/sh
# Nano is a small editor: what its keys do stands at the bottom of the screen.
set -eu

# --enable-utf8  fail, rather than leave it out, where letters of all languages cannot be had
./configure \
	--prefix=/usr \
	--sysconfdir=/etc \
	--enable-utf8
make
make DESTDIR="$LFS" install

# Colours for the languages that it knows.
mkdir -p "$LFS/etc"
echo 'include /usr/share/nano/*.nanorc' >"$LFS/etc/nanorc"

sh "$LFS_SRC/finish.sh"
