#!/bin/sh
# Perl, the language that many build systems and scripts are written in.
set -eu

# Take the libraries of the system, not the copies that come with Perl.
export BUILD_ZLIB=False
export BUILD_BZIP2=0

# The folders of its modules have the number of the version in them: 5.44 of 5.44.0.
version=$(sed -n 's/^#define PERL_\(REVISION\|VERSION\)[[:space:]]*\([0-9]*\).*/\2/p' patchlevel.h | paste -s -d . -)

# -des             take the defaults where nothing else is said, ask nothing
# -D vendorprefix  where packages are to install modules
# -D ...lib, -D ...arch
#                  the folders of Perl's own modules, of packages' and of the user's
# -D man1dir, -D man3dir
#                  install manual pages although there is no program yet to show them
# -D pager         what perldoc shows its pages with
# -D useshrplib    libperl as a shared library
# -D usethreads    programs may have threads
sh Configure -des \
	-D prefix=/usr \
	-D vendorprefix=/usr \
	-D privlib="/usr/lib/perl5/$version/core_perl" \
	-D archlib="/usr/lib/perl5/$version/core_perl" \
	-D sitelib="/usr/lib/perl5/$version/site_perl" \
	-D sitearch="/usr/lib/perl5/$version/site_perl" \
	-D vendorlib="/usr/lib/perl5/$version/vendor_perl" \
	-D vendorarch="/usr/lib/perl5/$version/vendor_perl" \
	-D man1dir=/usr/share/man/man1 \
	-D man3dir=/usr/share/man/man3 \
	-D pager="/usr/bin/less -isR" \
	-D useshrplib \
	-D usethreads
make
make DESTDIR="$LFS" install

sh "$LFS_SRC/finish.sh"
