#!/bin/sh
# The last step of the install scripts from chapter 8 on: what the book does once
# at its end (8.84 Stripping, 8.85 Cleaning Up), here for each package's files.
#
#   sh $LFS_SRC/finish.sh
set -eu

cd "$LFS"

# Archives of libtool say where libraries lie. They matter only for static linking,
# and break when a library moves.
find . -name '*.la' -type f -delete

# An index of all manuals in one file cannot belong to a package.
rm -f usr/share/info/dir

# Take out debugging symbols: they are larger than the rest of the system together.
# A program or a library begins with the bytes 7f 45 4c 46 ("ELF"), a static library
# with "!<arch>". Static libraries keep the names that the linker needs (--strip-debug),
# and have no dates and users in them (-D).
find . -type f \( -perm /111 -o -name '*.so*' -o -name '*.[ao]' \) | while read -r file; do
	case $(head -c 4 "$file" | od -An -tx1 | tr -d ' ') in
	7f454c46)
		case $file in
		*.o) strip -D --strip-debug "$file" ;;
		*) strip --strip-unneeded "$file" ;;
		esac
		;;
	213c6172) strip -D --strip-debug "$file" ;;
	esac
done
