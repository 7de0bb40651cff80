#!/bin/sh
# Git keeps the history of files, and exchanges it with others.
set -eu

# NO_RUST        without the parts in Rust: no compiler for it is here, and all works without
# USE_LIBPCRE    git grep -P, by pcre2
# --with-python  what there is in Python, a bridge to Perforce, is started by python3
./configure \
	--prefix=/usr \
	--with-gitconfig=/etc/gitconfig \
	--with-libpcre2 \
	--with-python=python3
# NO_INSTALL_HARDLINKS: git's 140 commands are one program with as many names; links by name
#                       (symlinks) stay links in every archive and image.
# NO_TCLTK:             without the two programs with windows, which need Tk
# NO_GETTEXT:           in English only, without a translated manual for each command
set -- NO_RUST=1 NO_TCLTK=1 NO_GETTEXT=1 NO_INSTALL_HARDLINKS=1 INSTALL_SYMLINKS=1
make "$@"
make "$@" DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
