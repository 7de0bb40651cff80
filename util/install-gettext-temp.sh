#!/bin/sh
# Gettext translates the messages of programs. The packages of the next stages need
# only three of its programs.
set -eu

# --disable-shared  nothing but these three would use the libraries
./configure --disable-shared
make

install -D -m 755 -t "$LFS/usr/bin" \
	gettext-tools/src/msgfmt gettext-tools/src/msgmerge gettext-tools/src/xgettext
