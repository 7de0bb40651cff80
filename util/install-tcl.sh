#!/bin/sh
# Tcl, the language of Expect and DejaGNU. These three are here for the tests of other
# packages.
set -eu

source=$(pwd)
cd unix

# --mandir         the manual pages, where those of others are
# --disable-rpath  no search path in programs: the libraries are where all are
./configure \
	--prefix=/usr \
	--mandir=/usr/share/man \
	--disable-rpath
make

# Who builds with Tcl reads these files. They name the folder in which Tcl was built;
# let them name where it is installed. Extensions that come with it have their own.
version=$(sed -n "s/^TCL_VERSION='\(.*\)'/\1/p" tclConfig.sh)
sed -i \
	-e "s|$source/unix|/usr/lib|" \
	-e "s|$source|/usr/include|" \
	tclConfig.sh
for config in pkgs/tdbc[0-9]*/tdbcConfig.sh pkgs/itcl[0-9]*/itclConfig.sh; do
	[ -e "$config" ] || continue # Tcl alone, without extensions
	name=$(basename "$(dirname "$config")")
	sed -i \
		-e "s|$source/unix/pkgs/$name|/usr/lib/$name|" \
		-e "s|$source/pkgs/$name/generic|/usr/include|" \
		-e "s|$source/pkgs/$name/library|/usr/lib/tcl$version|" \
		-e "s|$source/pkgs/$name|/usr/include|" \
		"$config"
done

make DESTDIR="$LFS" install

# Nobody may write to the library, not even strip; and a static library needs no x.
chmod 644 "$LFS"/usr/lib/libtclstub*.a
chmod u+w "$LFS"/usr/lib/libtcl*.so

# Expect is built with headers that are not for everybody.
make DESTDIR="$LFS" install-private-headers

ln -s "tclsh$version" "$LFS/usr/bin/tclsh"

# Perl has a manual page of the same name.
mv "$LFS/usr/share/man/man3/Thread.3" "$LFS/usr/share/man/man3/Tcl_Thread.3"

sh "$LFS_SRC/finish.sh"
