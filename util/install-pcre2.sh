#!/bin/sh
# PCRE2 finds text by regular expressions as Perl knows them: grep -P uses it.
set -eu

# --enable-unicode   texts in UTF-8, UTF-16 and UTF-32
# --enable-jit       translate expressions to machine code: much faster
# --enable-pcre2-16, --enable-pcre2-32
#                    also libraries for characters of 16 and of 32 bits
# --enable-pcre2grep-libz, --enable-pcre2grep-libbz2
#                    pcre2grep reads packed files
# --enable-pcre2test-libreadline
#                    pcre2test has an editor for its command line
./configure \
	--prefix=/usr \
	--enable-unicode \
	--enable-jit \
	--enable-pcre2-16 \
	--enable-pcre2-32 \
	--enable-pcre2grep-libz \
	--enable-pcre2grep-libbz2 \
	--enable-pcre2test-libreadline \
	--disable-static
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
