#!/bin/sh
# Expect runs interactive programs, and answers them as a script says.
set -eu

# --enable-shared    libexpect as a shared library, too
# --mandir           the manual pages, where those of others are
# --with-tcl         where to find tclConfig.sh
# --with-tclinclude  where to find Tcl's inner headers
# --disable-rpath    no search path in programs: the libraries are where all are
./configure \
	--prefix=/usr \
	--with-tcl=/usr/lib \
	--enable-shared \
	--disable-rpath \
	--mandir=/usr/share/man \
	--with-tclinclude=/usr/include
make
make DESTDIR="$LFS" install

# The library lies in a folder of its own, for Tcl. Let the linker find it, too.
for library in "$LFS"/usr/lib/expect*/libexpect*.so; do
	ln -s "${library#"$LFS/usr/lib/"}" "$LFS/usr/lib/"
done

sh "$LFS_SRC/finish.sh"
