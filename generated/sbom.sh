#!/bin/sh
# Written by lfdgen. Do not edit: change templates/sbom.sh of lfdgen instead.
#
# Writes down which files a root filesystem has, and of which packages they are. Inside a
# step of the Dockerfile:
#
#   sbom.sh PACKAGE...
#
# The root is mounted at /src/root, and what each PACKAGE installs at /src/packages/PACKAGE.
# They stand in the order of copying: of a path that several have, the last one's file is
# there. Into /out comes what the root gets: in /usr/share/sbom the list of files beside what
# is mounted at /src/sbom, and the program lfs-packages, which reads it.
#
# Only POSIX and what BusyBox has, too, is used here: the host may be Alpine.
set -eu
export LC_ALL=POSIX
umask 022

say() {
	echo "lfd: the list of files: $*" >&2
}

for tool in awk:gawk find:findutils readlink:coreutils sha256sum:coreutils sort:coreutils stat:coreutils; do
	command -v "${tool%:*}" >/dev/null || {
		say "the host lacks the program '${tool%:*}': add the package ${tool#*:} to host.steps"
		exit 1
	}
done

cd /src/root
newline='
'
odd=$(find . -name "*$newline*")
[ -z "$odd" ] || {
	say "there are files with a line break in their names: $odd"
	exit 1
}

# --- Of which package is a file? ---------------------------------------------------

for name; do
	cd "/src/packages/$name"
	find . ! -type d | sed "s|^|$name |"
done >/src/owners

# --- What is there? ----------------------------------------------------------------

# Steps of the stage may have changed files of packages, or made some. What is listed is
# what is there, so that it can be verified.
cd /src/root
find . -type f -exec sha256sum {} + >/src/sums
find . -type f -exec stat -c '%a %n' {} + >/src/modes
find . -type l -exec sh -c 'for link; do echo "$(readlink "$link") -> $link"; done' sh {} + >/src/links
find . ! -type f ! -type l ! -type d >/src/others

# Links at the top, such as /bin, come with every package: they are of the first.
# A line of sha256sum begins with a backslash where one in the name is doubled.
share=/out/usr/share/sbom
mkdir -p $share /out/usr/bin
{
	printf '# package (- of none), mode or link, SHA-256 or what the link says, path\n'
	awk '
		FILENAME == "/src/owners" {
			at = index($0, " ")
			path = substr($0, at + 1)
			if (!(path in owner) || path ~ /^\.\/.*\//) owner[path] = substr($0, 1, at - 1)
			next
		}
		FILENAME == "/src/modes" { at = index($0, " "); mode[substr($0, at + 1)] = substr($0, 1, at - 1); next }
		FILENAME == "/src/sums" {
			sum = $0
			if (sub(/^\\/, "", sum)) gsub(/\\\\/, "\\", sum)
			path = substr(sum, 67)
			line(path, mode[path], substr(sum, 1, 64))
			next
		}
		FILENAME == "/src/links" { at = index($0, " -> ./"); path = substr($0, at + 4); line(path, "link", substr($0, 1, at - 1)); next }
		{ line($0, "special", "-") }
		function line(path, mode, what) {
			print (path in owner ? owner[path] : "-") "\t" mode "\t" what "\t" substr(path, 2)
		}
	' /src/owners /src/modes /src/sums /src/links /src/others | sort -t "$(printf '\t')" -k 4
} >$share/files.tsv

cp /src/sbom/* $share/
cp /src/lfs-packages.sh /out/usr/bin/lfs-packages
chmod 644 $share/*
chmod 755 /out/usr/bin/lfs-packages

# The folders that the root has keep their modes.
for folder in usr usr/bin usr/share; do
	[ ! -d /src/root/$folder ] || chmod "$(stat -c %a /src/root/$folder)" /out/$folder
done
