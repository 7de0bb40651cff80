#!/bin/sh
# The example of a program of one's own: it prints the SHA-256 of its input.
set -eu

gcc -O2 -o digest digest.c -lcrypto
install -D -m 755 digest "$LFS/usr/bin/digest"
