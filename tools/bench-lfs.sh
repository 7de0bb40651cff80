#!/bin/sh
# Measures the full system, which has been built, against what is wanted of it.
#
#   tools/bench-lfs.sh FOLDER FILE
#
# The folder is that of its docker-bake.hcl. What is printed is written to the file, too.
set -eu

folder=$1
figures=$2
cd "$(dirname "$0")/.."
die() {
	echo "bench: error: $*" >&2
	exit 1
}
work=$(mktemp -d "$PWD/out/bench.XXXXXX") # for gigabytes, which /tmp may not have
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
missed=
results='lfs lfs-mini lfs-disk lfs-containerdisk'
# A package in all results that no other package needs.
leaf=dhcpcd

# bake FOLDER ARGUMENT...: with a log in $work/log
bake() {
	files="-f $1/docker-bake.hcl"
	if [ -f "$1/docker-bake.override.hcl" ]; then files="$files -f $1/docker-bake.override.hcl"; fi
	shift
	# shellcheck disable=SC2086 # words
	BUILDX_BAKE_ENTITLEMENTS_FS=0 tools/lfd.sh engine buildx bake $files --progress=plain "$@" >"$work/log" 2>&1 || {
		tail -n 30 "$work/log" >&2
		exit 1
	}
}

# ran: the stages of which the last bake has run a command, but for unpacking a source,
# which may be needed to know that what is made of it is in the cache.
ran() {
	awk '
		/^#[0-9]+ \[[^]]*\] RUN/ { split($0, part, /[][]/); n = split(part[2], word, " "); stage[$1] = word[n - 1] }
		$2 == "CACHED" { cached[$1] = 1 }
		END { for (step in stage) if (!cached[step] && stage[step] !~ /-src$/) print stage[step] }
	' "$work/log" | sort -u | paste -s -d ' ' -
}

# verdict GOOD WHAT VALUE WANTED
verdict() {
	answer=good
	if [ "$1" != yes ]; then
		answer=MISSED
		missed=yes
	fi
	printf '%-58s %8s   wanted: %s, %s\n' "$2" "$3" "$4" "$answer" | tee -a "$work/figures"
}

# want WHAT VALUE TEST LIMIT: TEST is an operator of awk
want() {
	verdict "$(awk "BEGIN { print ($2 $3 $4) ? \"yes\" : \"no\" }")" "$1" "$2" "$3 $4"
}

# since START: seconds
since() { echo "$(date +%s.%N) $1" | awk '{ printf "%.1f", $1 - $2 }'; }

# size FILE...: megabytes
size() { cat "$@" | wc -c | awk '{ printf "%.1f", $1 / 1000000 }'; }

# middle FILE: of its three numbers
middle() { sort -n "$1" | sed -n 2p; }

# disk FOLDER NAME: the seconds of the step that makes the disk, run anew
disk() {
	bake "$1" --set "$2-disk.no-cache-filter=$2-disk-build" --set "$2-disk.output=type=local,dest=$work/$2" "$2-disk"
	awk -v stage="$2-disk-build" '
		index($0, stage " ") && / RUN .*disk\.sh/ { step = $1 }
		$1 == step && $2 == "DONE" { seconds = $3 + 0 }
		END { if (!seconds) exit 1; print seconds }
	' "$work/log"
}

{
	tools/machine.sh
	echo
} | tee "$work/figures"

# What is not there yet is not to count below.
# shellcheck disable=SC2086 # words
bake "$folder" $results
start=$(date +%s.%N)
# shellcheck disable=SC2086
bake "$folder" $results
want 'everything once more, nothing changed, s' "$(since "$start")" '<' 30

# Upstream copies each package of the system into a layer of its own.
bake "$folder" --set "lfs.output=type=tar,dest=$work/lfs.tar" --set "lfs-mini.output=type=tar,dest=$work/mini.tar" lfs lfs-mini
packages=$(awk '
	$1 == "FROM" { within = $4 ~ /^lfs-system(-root|$)/ }
	within && $1 == "COPY" && sub("--from=", "", $2) && $2 !~ /^lfs-system-root/ { print $2 }
' "$folder/generated/Dockerfile" | sort -u)
mkdir "$work/layers"
outputs=
for package in $packages; do
	outputs="$outputs --set $package.output=type=tar,dest=$work/layers/$package.tar"
done
# shellcheck disable=SC2086
bake "$folder" $outputs $packages
want "lfs, MB; the limit: each of $(echo "$packages" | wc -l) packages in a layer" "$(size "$work/lfs.tar")" "<=" "$(size "$work"/layers/*)"
want 'lfs-mini, MB' "$(size "$work/mini.tar")" '<' 250
rm -r "$work/lfs.tar" "$work/mini.tar" "$work/layers"

configuration=$(sed -n '/^  "configuration": \[/,/\]/s/^    "\(.*\)".*/\1/p' "$folder/generated/sources.json" | paste -s -d : -)
LFD_CONFIG="$configuration:overlays/appliance.yaml" \
	go run ./cmd/lfdgen generate --strict -o appliance >"$work/generated"
override=appliance/docker-bake.override.hcl
if [ -L "$override" ] || { [ -e "$override" ] && ! head -n 1 "$override" | grep -q '^# Written by lfd'; }; then
	die "$override was not written by lfd fetch: move it away"
fi
rm -f "$override"
if [ -f "$folder/docker-bake.override.hcl" ]; then cp "$folder/docker-bake.override.hcl" appliance/; fi
bake appliance lfs-appliance-disk # its host is not to count
# Of two seconds a bad moment is much: three times each, by turns, and the middle one.
for _ in 1 2 3; do
	disk "$folder" lfs >>"$work/direct"
	disk appliance lfs-appliance >>"$work/appliance"
done
direct=$(middle "$work/direct")
appliance=$(middle "$work/appliance")
want "the disk: $direct s directly, $appliance s in an appliance, times" \
	"$(echo "$appliance $direct" | awk '{ printf "%.1f", $1 / $2 }')" '>=' 10

# A copy, so that the scripts of the repository are not touched.
mkdir "$work/tree"
git ls-files --cached --others --exclude-standard | tar -c -T - | tar -x -C "$work/tree"
for file in "$folder"/docker-bake.hcl "$folder"/docker-bake.override.hcl "$folder"/generated; do
	mkdir -p "$work/tree/$folder"
	if [ -e "$file" ]; then cp -R "$file" "$work/tree/$folder/"; fi
done
if [ -d sources ]; then ln -s "$PWD/sources" "$work/tree/sources"; fi
# Now, or what an earlier run of this script has made would be in the cache.
echo "echo $(date +%s) >\"\$LFS/etc/edited\"" >>"$work/tree/util/install-$leaf.sh"
(
	cd "$work/tree"
	# shellcheck disable=SC2086
	bake "$folder" --set '*.output=type=cacheonly' $results
)
made=$(ran)
verdict "$([ "$made" = "$leaf-build lfs-disk-build mini-system" ] && echo yes)" \
	"a change of install-$leaf.sh has run again" "$made" 'that, and what makes the results'

busy=$(tools/lfd.sh report --system "$folder" --busy toolchain,system,kernel)
want 'cores busy while stage 4 was built, %' "$busy" '>=' 85

mkdir -p "$(dirname "$figures")"
mv "$work/figures" "$figures"
[ -z "$missed" ]
