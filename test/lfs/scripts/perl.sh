#!/bin/sh
# Perl with modules of its own, some of them compiled; threads; the locale.
set -eu
cd "$(mktemp -d)"

perl -we 'use strict; printf "perl %vd\n", $^V; print "a regular expression: $1\n" if "linux from source" =~ /(fr\w+)/ or die'
for module in Compress::Raw::Zlib Data::Dumper Digest::SHA Encode Fcntl File::Temp IO::Socket List::Util \
	POSIX Socket Storable Time::HiRes threads; do
	perl -M"$module" -e 1
done
echo 'its modules can be loaded'
test "$(printf abc | perl -MDigest::SHA=sha256_hex -e 'print sha256_hex(<>)')" = \
	ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
test "$(perl -Mthreads -e 'print map { $_->join } map { my $n = $_; threads->create(sub { $n * $n }) } 1..3')" = 149
echo 'threads give the right sum'

# A module in C, made with what Perl knows about itself.
perl -MConfig -e 'print "it was compiled with $Config{cc}\n"; -e "$Config{archlibexp}/CORE/perl.h" or die "no perl.h"'
