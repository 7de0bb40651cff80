#!/bin/sh
# Measures the full system, which has been built, against what is wanted of it.
#
#   tools/bench-lfs.sh FOLDER        with its docker-bake.hcl; LFD_CONFIG as for build.sh
set -eu

folder=$1
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=

# bake FOLDER ARGUMENT...: with a log in $work/log
bake() {
	files="-f $1/docker-bake.hcl"
	if [ -f "$1/docker-bake.override.hcl" ]; then files="$files -f $1/docker-bake.override.hcl"; fi
	shift
	# shellcheck disable=SC2086 # words
	BUILDX_BAKE_ENTITLEMENTS_FS=0 tools/builder.sh bake $files --progress=plain "$@" >"$work/log" 2>&1 || {
		tail -n 30 "$work/log" >&2
		exit 1
	}
}

# want VALUE TEST LIMIT WHAT: TEST is an operator of awk
want() {
	verdict=good
	if ! awk "BEGIN { exit !($1 $2 $3) }"; then
		verdict=MISSED
		missed=yes
	fi
	printf '%-44s %8s   wanted: %s %s, %s\n' "$4" "$1" "$2" "$3" "$verdict"
}

now() { date +%s.%N; }

# disk FOLDER NAME: the seconds of the step that makes the disk, run anew
disk() {
	bake "$1" --set "$2-disk.no-cache-filter=$2-disk-build" --set "$2-disk.output=type=local,dest=$work/$2" "$2-disk"
	awk -v stage="$2-disk-build" '
		index($0, stage " ") && / RUN .*disk\.sh/ { step = $1 }
		$1 == step && $2 == "DONE" { seconds = $3 + 0 }
		END { if (!seconds) exit 1; print seconds }
	' "$work/log"
}

bake "$folder" --set "lfs-mini.output=type=tar,dest=$work/mini.tar" lfs-mini
want "$(wc -c <"$work/mini.tar" | awk '{ printf "%.0f", $1 / 1000000 }')" '<' 250 'lfs-mini, uncompressed, MB'
rm "$work/mini.tar"

bake "$folder" lfs lfs-mini lfs-disk lfs-containerdisk
start=$(now)
bake "$folder" lfs lfs-mini lfs-disk lfs-containerdisk
want "$(echo "$(now) $start" | awk '{ printf "%.1f", $1 - $2 }')" '<' 30 'the whole build again, nothing changed, s'

LFD_CONFIG="${LFD_CONFIG:-config.yaml}:overlays/appliance.yaml" \
	go run ./cmd/lfdgen generate --strict -o appliance >"$work/generated"
rm -f appliance/docker-bake.override.hcl
if [ -f "$folder/docker-bake.override.hcl" ]; then cp "$folder/docker-bake.override.hcl" appliance/; fi
bake appliance lfs-appliance-disk # its host is not to count
direct=$(disk "$folder" lfs)
appliance=$(disk appliance lfs-appliance)
printf 'the disk: %s s direct, %s s in the appliance\n' "$direct" "$appliance"
want "$(echo "$appliance $direct" | awk '{ printf "%.1f", $1 / $2 }')" '>=' 10 'the direct way is faster, times'

[ -z "$missed" ]
