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

# It may be called through a link.
script=$0
while [ -L "$script" ]; do
	to=$(readlink "$script")
	case $to in
	/*) script=$to ;;
	*) script=$(dirname "$script")/$to ;;
	esac
done
here=$(dirname "$script")

# Better to hear of it before a long build than after it.
path=$1
while [ "$path" != "${path%/}" ]; do path=${path%/}; done
if [ -z "$path" ] || [ -e "$path" ] || [ -L "$path" ]; then
	echo "build-and-export.sh: $1 is there already: name a folder that is not" >&2
	exit 1
fi
"$here/build.sh"
"$here/export.sh" "${LFD_IMAGE:-lfd}" "$1"
