#!/bin/sh
# Texinfo reads manuals (info) and makes them (makeinfo): GNU's are written for it.
set -eu

./configure --prefix=/usr
make
make DESTDIR="$LFS" install

# For TeX, if that is ever installed.
make DESTDIR="$LFS" TEXMF=/usr/share/texmf install-tex

# The index of all manuals, /usr/share/info/dir, is no package's. To make it:
# cd /usr/share/info && for file in *; do install-info "$file" dir; done

sh "$LFS_SRC/finish.sh"
