#!/bin/sh
# OpenSSL, libraries for encryption: for Python, kmod, and all that speaks HTTPS.
set -eu

# --openssldir  its settings and certificates are in /etc/ssl
# --libdir=lib  not lib64
# shared        shared libraries
# zlib-dynamic  load zlib only when data are to be compressed
# The libraries tell when they were built: SOURCE_DATE_EPOCH, if set.
./config \
	--prefix=/usr \
	--openssldir=/etc/ssl \
	--libdir=lib \
	shared \
	zlib-dynamic
make

# INSTALL_LIBS=  no static libraries
# MANSUFFIX=ssl  its manual pages are passwd.1ssl and the like: others have a passwd.1
# The book's copy of doc/ is left out: it is the source of the pages installed here.
make DESTDIR="$LFS" INSTALL_LIBS= MANSUFFIX=ssl install

sh "$LFS_SRC/finish.sh"
