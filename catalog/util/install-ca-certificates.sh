#!/bin/sh
# The certificates of authorities that vouch for servers: Mozilla's list, of those that may
# do so for web servers. Programs find them in two forms:
#
#   /etc/ssl/certs/NAME.pem              each in a file; OpenSSL finds them by a hash of the
#                                        authority's name, which `openssl rehash` makes links of
#   /etc/ssl/certs/ca-certificates.crt   all in one file; /etc/ssl/cert.pem is OpenSSL's name
#                                        for it
#
# The list also has dates from which on some authorities are not trusted any more for what
# is new. OpenSSL knows nothing of such dates, so they are left out, as elsewhere.
set -eu

certs=$LFS/etc/ssl/certs
mkdir -p "$certs"
python3 certificates.py mozilla/certdata.txt "$certs"

# A byte order that is the same everywhere.
export LC_ALL=C
cat "$certs"/*.pem >ca-certificates.crt
openssl rehash "$certs"
mv ca-certificates.crt "$certs"/
ln -s certs/ca-certificates.crt "$LFS/etc/ssl/cert.pem"
