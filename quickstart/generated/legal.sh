#!/bin/sh
# Written by lfdgen. Do not edit: change templates/legal.sh of lfdgen instead.
#
# Puts together what who gives a system to others hands over with it. Inside a step of the
# Dockerfile:
#
#   legal.sh info NAME
#       /out/NAME-legal-info.tar, from the texts of licences at /src/licenses, the patches at
#       /src/patches, all that the build takes from its context at /src/build, and the list of
#       packages and sources, /src/legal.tsv
#   legal.sh sources NAME
#       /out/NAME-legal-sources.tar, from the sources as they were downloaded, at /src/sources
#
# Unpacked in one place, both are one folder. The archives have the same bytes for the same
# content. Only POSIX and what BusyBox has, too, is used here: the host may be Alpine.
set -eu
export LC_ALL=POSIX
umask 022

what=$1 name=$2
folder=$name-legal-info
mkdir /out /src/made "/src/made/$folder"

# archive: what is in the folder
archive() {
	cd /src/made
	find . -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
	find "$folder" ! -type d | sort >/src/list
	set -- # BusyBox's tar takes no list
	while IFS= read -r file; do set -- "$@" "$file"; done </src/list
	tar -c -f "/out/$name-legal-$what.tar" "$@"
}

cd "/src/made/$folder"
if [ "$what" = sources ]; then
	cp -R /src/sources sources
	archive
	exit
fi
cp -R /src/licenses licenses
cp -R /src/build build
[ ! -d /src/patches ] || cp -R /src/patches patches

# --- The lists, for spreadsheets ----------------------------------------------------

# csv KIND HEADING...: the lines of that kind, with each field in quotes
csv() {
	awk -F '\t' -v kind="$1" -v heading="$2" '
		BEGIN { print heading }
		/^#/ { next }
		$2 == kind {
			text = "\"" $1 "\""
			for (i = 3; i <= NF; i++) {
				gsub(/"/, "\"\"", $i)
				text = text ",\"" ($i == "-" ? "" : $i) "\""
			}
			print text
		}
	' /src/legal.tsv
}

csv package package,version,license,images,sources,patches,script,stage,texts,note >packages.csv
csv source source,version,license,file,checksum,url,homepage >sources.csv
for sum in sha256 sha512; do
	awk -F '\t' -v sum="$sum:" '
		!/^#/ && $2 == "source" && index($6, sum) == 1 { print substr($6, length(sum) + 1) "  sources/" $1 "/" $5 }
	' /src/legal.tsv >sources.$sum
	[ -s sources.$sum ] || rm sources.$sum
done

# --- and for people -----------------------------------------------------------------

awk -F '\t' -v name="$name" '
	BEGIN {
		print "# What goes with " name "\n"
		print "Who gives the system to others gives them this, too, and the sources, as the licences of"
		print "its packages ask. The licences say what else they ask.\n"
		print "- `licenses/`: the texts of the licences, by the package whose source they are from"
		print "- `packages.csv`: all packages, with the images that have their files. Those without an image"
		print "  were only built with"
		print "- `sources.csv`: all sources, with their addresses and checksums. The files themselves are in"
		print "  an archive of their own, `" name "-legal-sources.tar`; unpacked in the same place, it puts them"
		print "  into `sources/`, where `sha256sum -c sources.sha256` checks them (and, if it is there,"
		print "  `sha512sum -c sources.sha512`)"
		print "- `patches/`: what was changed in sources. `packages.csv` says of which packages"
		print "- `build/`: the scripts by which each package was built and installed, and the Dockerfile that"
		print "  runs them"
		print "- `SHA256SUMS`: the checksums of all files here\n"
		print "| package | version | licence | in | texts |"
		print "|---|---|---|---|---|"
	}
	!/^#/ && $2 == "package" {
		for (i = 3; i <= NF; i++) {
			gsub(/\|/, "\\|", $i)
			if ($i == "-") $i = ""
		}
		print "| " $1 " | " $3 " | " $4 " | " $5 " | " ($10 == "" ? $11 : $10) " |"
	}
' /src/legal.tsv >README.md

find . -type f -exec sha256sum {} + | sed 's|  \./|  |' | sort -k 2 >/src/sums
mv /src/sums SHA256SUMS
archive
