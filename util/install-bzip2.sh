#!/bin/sh
# Bzip2 packs files better than gzip, and more slowly.
set -eu

# Links of the programs to each other are to be relative, and the manual pages to go
# to share/man.
# shellcheck disable=SC2016 # meant for make, not for the shell
sed -i \
	-e 's@\(ln -s -f \)$(PREFIX)/bin/@\1@' \
	-e 's@(PREFIX)/man@(PREFIX)/share/man@g' \
	Makefile

# First the shared library, and a bzip2 that uses it; then, from the start, the rest.
# This second step tests itself.
make -f Makefile-libbz2_so
make clean
make
make PREFIX="$LFS/usr" install

# The second link is the library's name in some other distributions, for which the
# same programs are written.
library=$(readlink libbz2.so.1.0)
cp -a libbz2.so.* "$LFS/usr/lib"
ln -sf "$library" "$LFS/usr/lib/libbz2.so"
ln -sf "$library" "$LFS/usr/lib/libbz2.so.1"

# The program with the shared library, once instead of three times.
cp bzip2-shared "$LFS/usr/bin/bzip2"
ln -sf bzip2 "$LFS/usr/bin/bzcat"
ln -sf bzip2 "$LFS/usr/bin/bunzip2"

# Nobody needs the static library.
rm -f "$LFS/usr/lib/libbz2.a"

# The book's patch installs the documentation, in a folder with the version.
for folder in "$LFS"/usr/share/doc/bzip2-*; do
	if [ -d "$folder" ]; then
		mv "$folder" "$LFS/usr/share/doc/bzip2"
	fi
done

sh "$LFS_SRC/finish.sh"
