#!/bin/sh
# Curl fetches files by their addresses, and sends them: HTTP, FTP and many others.
set -eu

# --with-openssl   HTTPS, by OpenSSL
# --with-ca-path   where certificates of authorities are searched: those of ca-certificates.
#                  Without one that vouches for a server, curl trusts nobody
# --without-libpsl other than the book, which warns of it: the list of domains that
#                  belong to many people (co.uk), for which no cookie may be set. That
#                  needs a package more; a single curl command keeps no cookies
# --without-zstd   only what config.yaml names in deps: zstd is there at build time, and
#                  curl would take it
./configure \
	--prefix=/usr \
	--disable-static \
	--with-openssl \
	--with-ca-path=/etc/ssl/certs \
	--without-libpsl \
	--without-zstd
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
