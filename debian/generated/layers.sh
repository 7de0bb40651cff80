#!/bin/sh
# Written by lfdgen. Do not edit: change templates/layers.sh of lfdgen instead.
#
# Leaves files out of a container image, and parts the others into layers. Inside a step of
# the Dockerfile:
#
#   layers.sh LAYERS [PATTERN...] -- [PACKAGE...]
#
# The root is mounted at /src/root, and what each PACKAGE installs at /src/packages/PACKAGE.
# They stand in the order of copying: of a path that several have, the last one's file is
# there. A PATTERN is one of the shell's, for a path with all that is below. Into /out/1 to
# /out/LAYERS come the layers: one for each of the largest packages, one for all the others
# together where they are more than the layers, and the last for what no package has brought.
# So a package that changes changes one layer.
#
# Only POSIX and what BusyBox has, too, is used here: the host may be Alpine.
set -eu
export LC_ALL=POSIX
umask 022

say() {
	echo "lfd: the layers: $*" >&2
}

for tool in awk:gawk cp:coreutils find:findutils sort:coreutils stat:coreutils touch:coreutils; do
	command -v "${tool%:*}" >/dev/null || {
		say "the host lacks the program '${tool%:*}': add the package ${tool#*:} to host.steps"
		exit 1
	}
done

layers=$1
shift
mkdir -p /out /src/all
cp -a /src/root/. /src/all/
cd /src/all
newline='
'
odd=$(find . -name "*$newline*")
[ -z "$odd" ] || {
	say "there are files with a line break in their names: $odd"
	exit 1
}

# --- What is left out --------------------------------------------------------------

left=no
while [ "$1" != -- ]; do
	left=yes
	find . -path ".$1" -prune -exec rm -rf {} +
	shift
done
shift

# The list of files that came with an SBOM is one of those that are there.
files=usr/share/sbom/files.tsv
if [ $left = yes ] && [ -f $files ]; then
	find . ! -type d >/src/there
	awk -F '\t' '
		FILENAME == "/src/there" { there[substr($0, 2)]; next }
		/^#/ || $4 in there
	' /src/there $files >/src/files.tsv
	cat /src/files.tsv >$files
fi

# --- Which package is in which layer? ----------------------------------------------

if [ "$layers" -gt 1 ]; then
	for name; do
		cd "/src/packages/$name"
		find . ! -type d | sed "s|^|$name |"
	done >/src/owners
	cd /src/all
	find . ! -type d -exec stat -c '%s %n' {} + >/src/sizes
	find . -type d -exec stat -c '%a %u:%g %n' {} + | sort -k 3 >/src/folders

	# Links at the top, such as /bin, come with every package: they are of none.
	awk '
		FILENAME == "/src/owners" {
			at = index($0, " ")
			path = substr($0, at + 1)
			if (path ~ /^\.\/.*\//) owner[path] = substr($0, 1, at - 1)
			next
		}
		{
			at = index($0, " ")
			path = substr($0, at + 1)
			if (path in owner) {
				sum[owner[path]] += substr($0, 1, at - 1)
				print owner[path], path >"/src/owned"
			}
		}
		END { for (name in sum) printf "%.0f %s\n", sum[name], name }
	' /src/owners /src/sizes | sort -k 1,1nr -k 2 >/src/largest
	[ -e /src/owned ] || : >/src/owned

	# A folder all of whose files are of one layer goes there as a whole. Of other folders
	# each layer has its own, with the same mode and owner. The commands that do all that:
	awk -v layers="$layers" -v quote="'" '
		function quoted(text,    part, parts, i) {
			parts = split(text, part, quote)
			text = part[1]
			for (i = 2; i <= parts; i++) text = text quote "\\" quote quote part[i]
			return quote text quote
		}
		function parent(path) {
			sub("/[^/]*$", "", path)
			return path
		}
		function into(layer, folder) { return quoted("/out/" layer substr(folder, 2)) }
		# move adds a path to those that go from one folder into a layer by one command.
		function move(layer, path,    folder, key) {
			folder = parent(path)
			key = layer " " folder
			if (moves[key] == "") order[++groups] = key
			moves[key] = moves[key] " " quoted(path)
			if (++moved[key] % 500 == 0) moves[key] = moves[key] " " into(layer, folder) "\nmv"
		}
		# place makes a folder and those above it in a layer.
		function place(layer, folder) {
			if ((layer, folder) in placed) return
			placed[layer, folder]
			if (folder != ".") place(layer, parent(folder))
			print "mkdir -m " mode[folder] " " into(layer, folder)
			if (user[folder] != "0:0") print "chown " user[folder] " " into(layer, folder)
		}
		FILENAME == "/src/largest" { number = NR; name = $2; of[name] = NR; next }
		FILENAME == "/src/folders" {
			path = $0
			sub(/^[^ ]* [^ ]* /, "", path)
			mode[path] = $1
			user[path] = $2
			all[++paths] = path
			next
		}
		FILENAME == "/src/owned" {
			at = index($0, " ")
			layer = of[substr($0, 1, at - 1)]
			if (number > layers - 1 && layer > layers - 2) layer = layers - 1
			in_layer[substr($0, at + 1)] = layer
			next
		}
		{
			path = $0
			sub(/^[^ ]* /, "", path)
			all[++paths] = path
			if (!(path in in_layer)) in_layer[path] = layers
			layer = in_layer[path]
			for (folder = parent(path); folder != "."; folder = parent(folder)) {
				if (!(folder in in_layer)) in_layer[folder] = layer
				else if (in_layer[folder] == "-") break # and so are those above
				else if (in_layer[folder] != layer) in_layer[folder] = "-"
			}
		}
		END {
			in_layer["."] = "-"
			for (i = 1; i <= paths; i++) {
				path = all[i]
				if ((path in in_layer) && in_layer[path] != "-" && in_layer[path] != layers && in_layer[parent(path)] == "-")
					move(in_layer[path], path)
			}
			print "set -e"
			for (i = 1; i <= groups; i++) {
				at = index(order[i], " ")
				layer = substr(order[i], 1, at - 1)
				folder = substr(order[i], at + 1)
				place(layer, folder)
				if (moved[order[i]] % 500) print "mv" moves[order[i]] " " into(layer, folder)
				else print "mv" substr(moves[order[i]], 1, length(moves[order[i]]) - 3)
			}
		}
	' /src/largest /src/folders /src/owned /src/sizes >/src/moves
	sh /src/moves
fi

# --- What is in no other layer -----------------------------------------------------

cd /
mv /src/all "/out/$layers"
layer=1
while [ $layer -lt "$layers" ]; do
	mkdir -p /out/$layer
	layer=$((layer + 1))
done
# All get one time: moving files has changed those of folders, and some installers copy that of a
# source, which is no part of a result, so that a store does not hand it on.
find /out -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
