#!/bin/sh
# Measures generating, then building the quickstart system, cold and again.
# The cold build runs in a builder of its own, which is deleted afterwards; what
# was compiled and fetched before is used.
#
#   tools/bench.sh [generate|build]     one of the two only
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/.."
work=$(mktemp -d)
export LFD_ENGINE=own
usual=${LFD_BUILDER_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lfd/builder}
trap 'LFD_BUILDER_DIR=$work/b "$here/lfd.sh" engine clean || :; rm -rf "$work"' EXIT

now() { date +%s.%N; }
since() { echo "$(now) $1" | awk '{ printf "%.1f", $1 - $2 }'; }

echo "## Machine"
tools/machine.sh

if [ "${1:-generate}" = generate ]; then
	echo
	echo "## Generating"
	go test -run '^$' -bench . -benchtime 1x ./gen
fi
if [ "${1:-build}" != build ]; then exit; fi

tools/lfd.sh inputs --system quickstart
tools/lfd.sh engine ensure
mkdir -p "$work/b" "$work/tree/sources"
cp -R "$usual/bin" "$work/b/"
export LFD_BUILDER_DIR="$work/b"

# A copy, so that the scripts of the repository are not touched.
git ls-files --cached --others --exclude-standard | tar -c -T - | tar -x -C "$work/tree"
cp -R sources/quickstart "$work/tree/sources/"
cp quickstart/docker-bake.override.hcl "$work/tree/quickstart/"
cd "$work/tree"
builder=tools/lfd.sh
$builder engine ensure 2>/dev/null

# bake LOG WHAT: a build, its seconds, and its steps
bake() {
	start=$(now)
	$builder engine buildx bake -f quickstart/docker-bake.hcl -f quickstart/docker-bake.override.hcl --progress=plain >"$1" 2>&1 || {
		tail -n 30 "$1" >&2
		exit 1
	}
	printf '%s: %s s\n' "$2" "$(since "$start")"
	steps "$1"
}

# steps LOG: the steps that ran for half a second or more, longest first
steps() {
	awk '
		match($0, /^#[0-9]+ \[[^]]*\]/) { name[$1] = substr($0, RSTART + length($1) + 1, RLENGTH - length($1) - 1) }
		$2 == "DONE" && $3 + 0 >= 0.5 { printf "%8.1f s  %s\n", $3, name[$1] }
	' "$1" | sort -rn
}

echo
echo "## The quickstart system"
start=$(now)
$builder engine buildx bake -f quickstart/docker-bake.hcl --print >/dev/null 2>&1
echo "loading the bake file: $(since "$start") s"
bake "$work/cold.log" "cold, with the engine and the sources there"
bake "$work/same.log" "nothing changed"
echo "# touched" >>quickstart/util/install-busybox.sh
bake "$work/touched.log" "a comment in install-busybox.sh changed"
