#!/bin/sh
# Perl, for the build systems of glibc, OpenSSL and others.
set -eu

# The folders of its modules have the number of the version in them: 5.44 of 5.44.0.
version=$(sed -n 's/^#define PERL_\(REVISION\|VERSION\)[[:space:]]*\([0-9]*\).*/\2/p' patchlevel.h | paste -s -d . -)

# -des             take the defaults where nothing else is said, ask nothing
# -D vendorprefix  where packages are to install modules
# -D useshrplib    libperl as a shared library
# -D ...           the folders of Perl's own modules, of packages' and of the user's
sh Configure -des \
	-D prefix=/usr \
	-D vendorprefix=/usr \
	-D useshrplib \
	-D privlib="/usr/lib/perl5/$version/core_perl" \
	-D archlib="/usr/lib/perl5/$version/core_perl" \
	-D sitelib="/usr/lib/perl5/$version/site_perl" \
	-D sitearch="/usr/lib/perl5/$version/site_perl" \
	-D vendorlib="/usr/lib/perl5/$version/vendor_perl" \
	-D vendorarch="/usr/lib/perl5/$version/vendor_perl"
make
# Without the manual pages, which nothing here can show: with no place for them they would
# be put into the root folder.
make DESTDIR="$LFS" install.perl
