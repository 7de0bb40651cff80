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
#   tools/build.sh build FOLDER NAME [PATH]
#                                   build a package, a stage or another target; its files
#                                   are written into the folder PATH, which must not exist
#   tools/build.sh report FOLDER DOCUMENT [ARGUMENT...]
#                                   write down what was built
#   tools/build.sh find NAME [FOLDER [PATH]]
#                                   print the folder of the first system that has it, after
#                                   a look at the system's generated files, and at PATH
#   tools/build.sh stage FOLDER NAME
#                                   print its stage of the Dockerfile
set -eu
# What is written here may be read by builds: the same modes for everybody.
umask 022

started=${LFD_STARTED:-$(date +%s)} # make's own start, with what it did before this
command=$1
folder=$2
shift 2

here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/.."

config=${LFD_CONFIG-} # as the user has it
export LFD_CONFIG="${LFD_CONFIG:-$folder/config.yaml}"
bakefile=$folder/docker-bake.hcl
# What vendoring writes: it puts local folders in the place of downloads.
override=$folder/docker-bake.override.hcl

die() {
	printf 'build: error: %s\n' "$*" >&2
	exit 1
}

# shellcheck source=tools/made.sh
. "$here/made.sh"

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
	# A folder with something else in it is not taken for one of ours.
	claim sources || :
	"$bin/lfdvendor" -o "$folder" "$@"
}

# fetched: is what was vendored that of these configuration files, and newer than each?
fetched() {
	grep -qsxF "# Configuration: $LFD_CONFIG" "$override" || return 1
	for file in $(echo "$LFD_CONFIG" | tr : ' '); do
		[ -n "$(find "$override" -newer "$file")" ] || return 1
	done
}

# verify: bake takes what was vendored as it is. Is it what was fetched?
verify() {
	if ! vendored "$override"; then
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
	bin=$PWD/tools/bin
	mkdir -p "$bin"
	CGO_ENABLED=0 go build -buildvcs=false -o "$bin/$1" "./cmd/$1"
}

# records: prints the refs of the builds that the builder has recorded of this run, and of
# others meanwhile. buildx (0.20 and newer) shows 50 at a time, and of these the ones that
# its filters let through, which are those that are not known yet.
records() {
	set -- --filter "startedAt>$(($(date +%s) - begun + 1))s"
	known=
	while page=$("$here/builder.sh" buildx history ls --format json "$@" 2>/dev/null || # before it had filters
		"$here/builder.sh" buildx history ls --format json 2>/dev/null); do
		more=$(printf '%s\n' "$page" | sed -n 's/.*"ref": *"[^"]*\/\([^"/]*\)".*/\1/p' | grep -vxF "$known") || break
		printf '%s\n' "$page"
		known=$(printf '%s\n' "$known" "$more")
		[ "$(printf '%s\n' "$page" | wc -l)" -ge 50 ] || break
		for ref in $more; do set -- "$@" --filter "ref!=$ref"; done
	done
}

# summary: what this run built and what failed, by the builder's own records. Another build
# that still runs is not waited for.
summary() {
	took=$(($(date +%s) - started))
	name=$(basename "$PWD")/generated
	[ "$folder" = . ] || name=$(basename "$PWD")/$folder/generated
	logs=$(mktemp -d)
	records |
		awk -F '"' -v name="$name" -v begun="$begun_at" '{
			for (i = 2; i < NF; i += 2) value[$i] = $(i + 2)
			if (index(value["name"], name " (") == 1 && value["created_at"] >= begun && value["status"] != "Running") {
				sub(/.*\//, "", value["ref"])
				print value["ref"]
			}
		}' | sort -u | "$here/builder.sh" logs "$logs" || :
	case $folder in
	quickstart) system= ;;
	debian) system=" SOURCES=debian" config= ;;
	*) system=" SYSTEM=$folder" ;;
	esac
	cat "$logs"/* 2>/dev/null |
		awk -v took="$took" -v shell="${config:+LFD_CONFIG=$config }make shell$system" -f "$here/summary.awk"
	rm -r "$logs"
}

# known NAME: prints what the bake file calls a package, a stage or another target by that
# name, and the stage of the Dockerfile, if it is one. A target has the name of its stage,
# but for the dots, and a package with a + in its name is found by its description.
known() {
	awk -F '"' -v name="$1" '
		/^(target|group) "/ { current = $2 }
		/^target "/ { stage[current] = "" }
		/^ *target *= *"/ { stage[current] = $2 }
		index(name, "+") && /^ *description *= *"/ && (index($2 " ", name " ") == 1 || index($2, name ",") == 1) { exact = current }
		current == name || current == dotless(name) || stage[current] == name { found[current] = 1 }
		function dotless(name) { gsub(/[.]/, "_", name); return name }
		END {
			for (target in found) if (stage[target] == name) exact = target
			if (exact == "" && name in found) exact = name
			if (exact == "" && dotless(name) in found) exact = dotless(name)
			if (exact == "") exit 1
			print exact, stage[exact]
		}
	' "$bakefile" 2>/dev/null
}

# members TARGET: prints the targets of a group, or that of a target.
members() {
	awk -F '"' -v name="$1" '
		/^(target|group) "/ { inside = ($1 == "group " && $2 == name) }
		inside && /^ *targets *= *\[/ { list = 1 }
		inside && list { for (i = 2; i <= NF; i += 2) { print $i; any = 1 } }
		/\]/ { list = 0 }
		END { if (!any) print name }
	' "$bakefile"
}

# results: makes the folder out/, unless there is one.
results() { claim out || [ -d out ] || die "cannot make the folder out"; }

# lives PROCESS: reports whether it runs, whosever it is.
lives() { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]; }

# scratch: makes the folder $new in out/, which goes with this script, and removes those
# of runs that were killed.
scratch() {
	results
	for old in out/.new.*; do
		case ${old#out/.new.} in
		*[!0-9]*) continue ;;
		esac
		if marked "$old" && [ ! -L "$old" ] && ! lives "${old##*.}"; then remove "$old"; fi
	done
	new=out/.new.$$
	claim "$new" || die "cannot make the folder $new"
	mkdir "$new/files"
	trap 'remove "$new"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# bake ARGUMENT...: builds, and sums up. Fails where the build does.
bake() {
	begun=$(date +%s)
	begun_at=$(date -u +%Y-%m-%dT%H:%M:%S)
	if [ -f "$override" ]; then
		verify
		set -- -f "$override" "$@"
	fi
	if "$here/builder.sh" bake -f "$bakefile" "$@"; then
		summary
		return
	fi
	summary >&2
	echo >&2
	say_full out
	say_full "$(builder_folder)"
	die "the build failed, see above. What was built until then is kept: the next run goes on from there."
}

# bake_disks ARGUMENT...: builds, too. Disks are written beside their places first: what
# fails, or is killed, leaves the old one and no half of the new one. (The builder begins
# with an empty file.)
bake_disks() {
	scratch
	for disk in $(disks); do
		set -- --set "$disk.output=type=local,dest=$new/files" "$@"
	done
	bake "$@"
	for made in "$new"/files/*; do
		[ -e "$made" ] || continue
		image=out/${made##*/}
		[ ! -d "$image" ] || die "$image, which is to be written, is a folder: move it away"
		mv -f "$made" "$image"
		case $image in
		*.qcow2)
			printf 'result: %s, %s. Boot it with\n    make boot%s\n' "$image" "$(du -h "$image" | cut -f 1)" \
				"$([ "$image" = out/quickstart.qcow2 ] || echo " IMAGE=$image")"
			;;
		esac
	done
}

# unpacked PATH TARGET...: builds, and writes the files of the targets into a folder. They
# come as archives: where BuildKit itself writes many files, it may come to a standstill
# (https://github.com/moby/buildkit/issues/2950).
unpacked() {
	path=$1
	shift
	fresh "$path"
	scratch
	targets=$*
	for target in $targets; do
		set -- "$@" --set "$target.output=type=tar,dest=$new/files/$target.tar"
	done
	bake "$@"
	# Beside its place first, as a disk is.
	half=$(mktemp -d "$(dirname "$path")/.$(basename "$path").XXXXXX") || die "cannot write beside $path"
	trap 'remove "$new" "$half"' EXIT
	mkdir "$half/files"
	for target in $targets; do
		# Of a group each has its own folder.
		place=$half/files
		if [ "$targets" != "$target" ] || [ "$target" != "$one" ]; then
			place=$place/$target
			mkdir "$place"
		fi
		tar -x -p --numeric-owner -f "$new/files/$target.tar" -C "$place" ||
			die "cannot write the files of $target, see above"
	done
	fresh "$path"
	mv "$half/files" "$path"
	echo "files: $path"
}

# fresh PATH: ends unless a folder can be made there.
fresh() {
	if [ -e "$1" ] || [ -L "$1" ]; then die "$1 is there already: name a folder that is not"; fi
	[ -d "$(dirname "$1")" ] || die "there is no folder $(dirname "$1"), to make $(basename "$1") in"
}

# plain PATH: prints it without the slashes at its end, and so that it is no option.
plain() {
	plain=$1
	while [ "$plain" != "${plain%/}" ]; do plain=${plain%/}; done
	case $plain in
	'') plain=/ ;;
	-*) plain=./$plain ;;
	esac
	printf '%s\n' "$plain"
}

# find_target NAME [FOLDER [PATH]]
find_target() {
	if [ -n "${3-}" ]; then
		results
		fresh "$(plain "$3")"
	fi
	for again in yes no; do
		for folder in ${2:-quickstart .}; do
			bakefile=$folder/docker-bake.hcl
			if [ -n "${2-}" ] || known "$1" >/dev/null || [ "$again" = no ]; then
				LFD_CONFIG=$config "$here/current.sh" "$folder" || exit
			fi
			if known "$1" >/dev/null; then
				echo "$folder"
				return
			fi
		done
	done
	die "there is no target '$1' in ${2:-quickstart and the full system} (make build TARGET=bash; SYSTEM=folder or SOURCES=debian names the system)"
}

# asked NAME: sets $one to what bake calls it, and $stage, or ends.
asked() {
	found=$(known "$1") || die "there is no target '$1' in $folder"
	one=${found%% *}
	stage=${found#* }
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
		fetched; then
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
bake) bake_disks "$@" ;;
build)
	asked "$1"
	if [ -n "${2-}" ]; then
		# shellcheck disable=SC2046 # words
		unpacked "$(plain "$2")" $(members "$one")
	else
		bake_disks "$one"
	fi
	;;
stage)
	asked "$1"
	echo "$stage"
	;;
report)
	compile lfdreport || die "lfdreport cannot be compiled, see above (it needs Go 1.21 or newer)"
	document=$1
	shift
	"$bin/lfdreport" -o "$folder" --doc "$document" --buildx "tools/builder.sh buildx" "$@"
	;;
*) die "unknown command '$command'" ;;
esac
