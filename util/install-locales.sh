#!/bin/sh
# The locale that is taken where none was chosen (LANG in /etc/profile): no language, but
# all characters of Unicode. It is part of glibc's data, and made like any other; being a
# package of its own, it can be joined by more without the C library being built again.
set -eu

# --no-archive  in a folder of its own: the archive of all locales is a file of glibc's
mkdir -p "$LFS/usr/lib/locale"
localedef --no-archive --prefix="$LFS" --inputfile=C --charmap=UTF-8 C.UTF-8

sh "$LFS_SRC/finish.sh"
