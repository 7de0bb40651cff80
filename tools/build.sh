#!/bin/sh
# The steps of building a system of this repository, for the Makefile.
# FOLDER holds the system's docker-bake.hcl, and its config.yaml unless LFD_CONFIG
# names the configuration files, parted by colons.
#
#   tools/build.sh check FOLDER     can it be built here? Stops early if not
#   tools/build.sh inputs FOLDER    fetch what the engine cannot fetch itself
#   tools/build.sh vendor FOLDER [ARGUMENT...]
#                                   fetch all, into sources/
#   tools/build.sh bake FOLDER [ARGUMENT...]
#   tools/build.sh files FOLDER TARGET PATH
#                                   build it, and write its files into the folder PATH
#   tools/build.sh report FOLDER DOCUMENT [ARGUMENT...]
#                                   write down what was built
#   tools/build.sh find TARGET [FOLDER]
#                                   print the folder of the first system that has it
set -eu

started=${LFD_STARTED:-$(date +%s)} # make's own start, with what it did before this
command=$1
folder=$2
shift 2

here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/.."

export LFD_CONFIG="${LFD_CONFIG:-$folder/config.yaml}"
bakefile=$folder/docker-bake.hcl
# What vendoring writes: it puts local folders in the place of downloads.
override=$folder/docker-bake.override.hcl

die() {
	printf 'build: error: %s\n' "$*" >&2
	exit 1
}

# space FOLDER: the megabytes that are free there, in $free, and where that is, in $place.
space() {
	place=$1
	while [ ! -d "$place" ]; do place=$(dirname "$place"); done
	free=$(df -Pk "$place" | awk 'NR == 2 { print int($4 / 1024) }')
}

# say_full FOLDER: tell of a full disk, as what failed for it may not ("EOF").
say_full() {
	space "$1"
	if [ "$free" -lt 100 ]; then
		printf 'build: %s MB are free at %s: make room there\n' "$free" "$place" >&2
	fi
}

builder_folder() { echo "${LFD_BUILDER_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lfd/builder}"; }

# need_space FOLDER MEGABYTES WHAT-FOR: a full disk in the middle of a build
# shows up as the strangest of errors.
need_space() {
	space "$1"
	if [ "$free" -lt "$2" ]; then
		die "too little space for $3: $free MB are free at $place, $2 MB are needed"
	fi
}

check() {
	[ -f "$bakefile" ] || die "there is no $bakefile"
	engine=$("$here/builder.sh" engine)
	# Measured for quickstart, cold: 5.2 GB of builder, and 2.2 GB of Go's caches
	# to compile it. For the full system see the README. Docker keeps what it builds
	# where it likes.
	results=500
	new=8000
	if [ "$folder" != quickstart ]; then
		results=2000
		new=42000
	fi
	need_space . "$results" "the sources and the result"
	if [ "$engine" = own ]; then
		cache=$(builder_folder)
		if [ -d "$cache/state" ]; then
			need_space "$cache" 3000 "the builder (LFD_BUILDER_DIR chooses another place)"
			if [ "$free" -lt "$((new / 2))" ]; then
				echo "build: $free MB are free at $place: that suffices only if most is built already" >&2
			fi
		else
			need_space "$cache" "$new" "the builder and compiling it (LFD_BUILDER_DIR chooses another place)"
		fi
	elif [ "$(uname -m)" != x86_64 ] && [ "$(uname -m)" != amd64 ]; then
		echo "build: the system is for x86-64, and this machine ($(uname -m)) emulates that: it takes many times as long" >&2
	fi
}

# vendor [ARGUMENT...]
vendor() {
	if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
		# They make the base image where no registry can be reached.
		"$here/install.sh" mmdebstrap:mmdebstrap \
			/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
	fi
	"$bin/lfdvendor" -o "$folder" "$@"
}

# current: is what was vendored that of these configuration files, and newer than each?
current() {
	grep -qsxF "# Configuration: $LFD_CONFIG" "$override" || return 1
	for file in $(echo "$LFD_CONFIG" | tr : ' '); do
		[ -n "$(find "$override" -newer "$file")" ] || return 1
	done
}

# verify: bake takes what was vendored as it is. Is it what was fetched?
verify() {
	if ! grep -q '^# Written by lfdvendor' "$override"; then
		return 0 # somebody's own
	elif compile lfdvendor; then
		"$bin/lfdvendor" -o "$folder" --verify ||
			die "what was vendored is not what the configuration names, see above"
	else
		# A machine without a network, and sources that were brought along.
		echo "build: using what was vendored before, unchecked" >&2
	fi
}

# disks: the targets that write a disk to out/.
disks() {
	awk -F '"' '/^target / { name = $2 } /^ *output *= *\["type=local,dest=[$][{]LFD_ROOT[}]\/out"\]/ { print name }' "$bakefile"
}

# compile COMMAND: a second, or ten the first time. Each checkout has its own: two may be of
# other versions, and at work at the same time.
compile() {
	bin=${XDG_CACHE_HOME:-$HOME/.cache}/lfd/bin/$(pwd -P | cksum | tr ' ' -)
	mkdir -p "$bin"
	CGO_ENABLED=0 go build -buildvcs=false -o "$bin/$1" "./cmd/$1"
}

# summary: what this run built and what failed, by the builder's own records, which
# buildx 0.20 and newer read. Another build that still runs is not waited for.
summary() {
	took=$(($(date +%s) - started))
	name=$(basename "$PWD")/generated
	[ "$folder" = . ] || name=$(basename "$PWD")/$folder/generated
	records=$(mktemp -d)
	"$here/builder.sh" buildx history ls --format json 2>/dev/null |
		awk -F '"' -v name="$name" -v begun="$begun" '{
			for (i = 2; i < NF; i += 2) value[$i] = $(i + 2)
			if (index(value["name"], name " (") == 1 && value["created_at"] >= begun && value["status"] != "Running") {
				sub(/.*\//, "", value["ref"])
				print value["ref"]
			}
		}' |
		while read -r ref; do
			"$here/builder.sh" buildx history logs --progress=plain "$ref" >"$records/$ref" 2>&1 </dev/null || :
		done
	case $folder in
	quickstart) system= ;;
	debian) system=" SOURCES=debian" ;;
	*) system=" SYSTEM=$folder" ;;
	esac
	cat "$records"/* 2>/dev/null |
		awk -v took="$took" -v shell="make shell$system" -f "$here/summary.awk"
	rm -r "$records"
}

# disk: where the disk is, if it was asked for.
disk() {
	name=$(sed -n 's/^FROM scratch AS \(.*\)-disk$/\1/p' "$folder/generated/Dockerfile")
	case " ${targets:-$name-disk} " in
	*" $name-disk "*) ;;
	*) return ;;
	esac
	image=out/$name.qcow2
	if [ -f "$image" ]; then
		printf 'result: %s, %s. Boot it with\n    make boot%s\n' \
			"$image" "$(du -h "$image" | cut -f 1)" "$([ "$name" = quickstart ] || echo " IMAGE=$image")"
	fi
}

# find TARGET [FOLDER]
find_target() {
	for folder in ${2:-quickstart .}; do
		if grep -Eq "^(target|group) \"$1\" " "$folder/docker-bake.hcl" 2>/dev/null; then
			echo "$folder"
			return
		fi
	done
	die "there is no target '$1' in ${2:-quickstart and the full system} (make build TARGET=bash; SYSTEM=folder or SOURCES=debian names the system)"
}

case $command in
check) check ;;
find) find_target "$folder" "$@" ;;
vendor)
	compile lfdvendor || die "lfdvendor cannot be compiled, see above (it needs Go 1.21 or newer)"
	vendor "$@"
	;;
inputs)
	# Docker fetches by itself, from the addresses that are configured. For our own
	# builder everything is fetched beforehand, since it is made for machines that reach
	# few places, and so it is where Debian's archive is asked for: what Debian has of the
	# authors' own bytes is found there only by its checksum. Again only if the
	# configuration has changed since.
	if { [ "$folder" != debian ] && [ "$("$here/builder.sh" engine)" = docker ]; } ||
		current; then
		exit 0
	fi
	if compile lfdvendor; then
		vendor
	elif [ -f "$override" ]; then
		: # a machine without a network, and sources that were brought along
	else
		die "lfdvendor, which fetches the sources, cannot be compiled, see above (it needs Go 1.21 or newer)"
	fi
	;;
bake)
	begun=$(date -u +%Y-%m-%dT%H:%M:%S)
	targets=$*
	# Disks are written beside their places first: what fails, or is killed, leaves the
	# old one and no half of the new one. (The builder begins with an empty file.)
	mkdir -p out
	new=out/.new.$$
	for disk in $(disks); do
		set -- --set "$disk.output=type=local,dest=$new" "$@"
	done
	if [ -f "$override" ]; then
		verify
		set -- -f "$override" "$@"
	fi
	set -- -f "$bakefile" "$@"
	for old in out/.new.*; do
		if [ -d "$old" ] && ! kill -0 "${old##*.}" 2>/dev/null; then rm -rf "$old"; fi
	done
	trap 'rm -rf "$new"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	if "$here/builder.sh" bake "$@"; then
		for made in "$new"/*; do
			if [ -e "$made" ]; then mv -f "$made" out/; fi
		done
		summary
	else
		summary >&2
		echo >&2
		say_full out
		say_full "$(builder_folder)"
		die "the build failed, see above. What was built until then is kept: the next run goes on from there."
	fi
	disk
	;;
files)
	# As an archive, and unpacked here: where BuildKit itself writes many files, it may come
	# to a standstill (https://github.com/moby/buildkit/issues/2950).
	target=$1
	path=$2
	new=out/.new.$$
	mkdir -p "$new"
	trap 'rm -rf "$new"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	"$here/build.sh" bake "$folder" --set "$target.output=type=tar,dest=$new/files.tar" "$target"
	mkdir -p "$path"
	tar --extract --preserve-permissions --numeric-owner --file "$new/files.tar" --directory "$path" ||
		die "cannot write the files of $target, see above"
	echo "files: $path"
	;;
report)
	compile lfdreport || die "lfdreport cannot be compiled, see above (it needs Go 1.21 or newer)"
	document=$1
	shift
	"$bin/lfdreport" -o "$folder" --doc "$document" --buildx "tools/builder.sh buildx" "$@"
	;;
*) die "unknown command '$command'" ;;
esac
