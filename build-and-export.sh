#!/bin/sh
# Builds the container image of a system, and writes its files into a new folder.
set -eu

case $#,${1-} in
1,-h | 1,--help)
	cat <<'END'
Usage: build-and-export.sh PATH

Builds the image (see build.sh --help) and writes its filesystem into the folder PATH,
which must not exist (see export.sh --help).
END
	exit
	;;
1,*) ;;
*)
	echo "Usage: build-and-export.sh PATH" >&2
	exit 2
	;;
esac

here=$(dirname "$0")
# Better to hear of it before a long build than after it.
if [ -e "$1" ] || [ -L "$1" ]; then
	echo "build-and-export.sh: $1 is there already: name a folder that is not" >&2
	exit 1
fi
"$here/build.sh"
"$here/export.sh" "${LFD_IMAGE:-lfd}" "$1"
