#!/bin/sh
# Libcap divides the power of root into single capabilities, and gives them to
# programs and files one by one.
set -eu

# Do not install static libraries.
sed -i '/install -m.*STA/d' libcap/Makefile

# lib=lib           libraries go to /usr/lib, not to lib64
# RAISE_SETFCAP=no  give setcap no capability of its own (the default by now): builders
#                   in containers are not always allowed to
make prefix=/usr lib=lib
make prefix=/usr lib=lib RAISE_SETFCAP=no DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
