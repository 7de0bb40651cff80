#!/bin/sh
# Measures generating, then building the quickstart system and systems of many packages,
# cold and again. The cold builds run in a builder of its own, which is deleted afterwards;
# what was compiled and fetched before is used.
#
#   tools/bench.sh [generate|build|many [PACKAGES...]]     one of the three only
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

only=${1:-}
[ $# -eq 0 ] || shift
if [ "${only:-generate}" = generate ]; then
	echo
	echo "## Generating"
	go test -run '^$' -bench . -benchtime 3x ./gen
fi
if [ "$only" = generate ]; then exit; fi

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

# bake LOG WHAT SYSTEM: a build, its seconds, and its steps
bake() {
	start=$(now)
	$builder engine buildx bake -f "$3/docker-bake.hcl" -f "$3/docker-bake.override.hcl" --progress=plain >"$1" 2>&1 || {
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

if [ "${only:-build}" = build ]; then
	echo
	echo "## The quickstart system"
	start=$(now)
	$builder engine buildx bake -f quickstart/docker-bake.hcl --print >/dev/null 2>&1
	echo "loading the bake file: $(since "$start") s"
	bake "$work/cold.log" "cold, with the engine and the sources there" quickstart
	bake "$work/same.log" "nothing changed" quickstart
	echo "# touched" >>quickstart/util/install-busybox.sh
	bake "$work/touched.log" "a comment in install-busybox.sh changed" quickstart
fi
if [ "$only" = build ]; then exit; fi

echo
echo "## Many packages, which need each other as those of a distribution do"
echo "Their scripts write one line each, so that this is the cost of the system alone."
[ $# -gt 0 ] || set -- 118 300 1000
for packages; do
	go run ./test/synthetic/write "$packages" "many-$packages"
	go run ./cmd/lfdgen generate -c "many-$packages/config.yaml" -o "many-$packages"
	$builder inputs --system "many-$packages" 2>/dev/null
	bake "$work/many.log" "$packages, cold" "many-$packages" | head -n 1
	bake "$work/many.log" "$packages, nothing changed" "many-$packages" | head -n 1
done
