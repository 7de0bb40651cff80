#!/bin/sh
# Sees that the generated files of a system are what lfdgen makes of its configuration.
#
#   tools/current.sh FOLDER
#
# FOLDER holds the system's docker-bake.hcl, and its config.yaml unless LFD_CONFIG names
# the configuration files, parted by colons. Files that are out of date are generated anew
# in a folder of the user's own; those that `make generate` writes, which are committed,
# stay as they are, and the script ends with what to do. Without Go it cannot tell.
#
# lfdgen takes two minutes to compile, so it is asked only if something may have changed:
# its last verdict is kept, and what lies there as it was committed needs none.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/.."
# What is generated goes into builds: the same modes for everybody.
umask 022

folder=${1%/}
export LFD_CONFIG="${LFD_CONFIG:-$folder/config.yaml}"
files=$(echo "$LFD_CONFIG" | tr : ' ')
bakefile=$folder/docker-bake.hcl
verdict=tools/bin/current-$(echo "$folder" | tr / -)

say() { printf 'build: %s\n' "$*" >&2; }
die() {
	say "error: $*"
	exit 1
}

# scripts: the folders that lfdgen looks for install scripts in.
scripts() {
	echo util
	for file in $files; do echo "$(dirname "$file")/util"; done
}

# texts: what decides what lfdgen writes, itself among it, and what it has written.
texts() {
	echo "$files .dockerignore templates schema go.mod go.sum cmd/lfdgen gen internal"
	echo "$bakefile $folder/docker-bake.mirrors.hcl $folder/docker-bake.override.json $folder/generated"
}

# fingerprint: prints another text whenever one of these has changed, or scripts have
# come, gone or got other names.
fingerprint() {
	echo "$LFD_CONFIG"
	# shellcheck disable=SC2046 # words
	find -L $(texts) -name testdata -prune -o -type f ! -name '*_test.go' -exec cksum {} + 2>/dev/null | LC_ALL=C sort
	# shellcheck disable=SC2046
	find -L $(scripts) -name '*.sh' 2>/dev/null | LC_ALL=C sort
}

# keep: remembers that the files are up to date.
keep() {
	mkdir -p "${verdict%/*}"
	fingerprint >"$verdict.$$"
	mv -f "$verdict.$$" "$verdict"
}

# same_files: reports whether what was generated is of these configuration files.
same_files() {
	names=$(echo "$files" | sed 's,\./,,g; s/ /, /g')
	sed -n 1p "$bakefile" 2>/dev/null | grep -qF "Written by lfdgen from $names. "
}

# The repository may be another user's, under sudo.
project_git() { GIT_OPTIONAL_LOCKS=0 git -c safe.directory='*' -c core.quotePath=false "$@" 2>/dev/null; }

# as_committed: reports whether all is as somebody else committed it, and as it was
# checked out: what was edited here and then committed is older than its commit.
as_committed() {
	project_git ls-files --error-unmatch "$bakefile" >/dev/null || return 1
	# shellcheck disable=SC2046 # words
	[ -z "$(project_git status --porcelain --untracked-files=all -- $(texts))" ] || return 1
	# What is in a script does not matter here.
	# shellcheck disable=SC2046
	if project_git status --porcelain --untracked-files=all -- $(scripts) | grep -qv '^[ M][ M] '; then return 1; fi
	# shellcheck disable=SC2046
	set -- $(project_git log -1 --first-parent -m --name-only --relative --format=%ct -- $(texts) $(scripts))
	[ $# -gt 1 ] || return 1
	after=$(($1 + 1))
	shift
	age=$(mktemp)
	TZ=UTC0 touch -t "$(TZ=UTC0 date -d "@$after" +%Y%m%d%H%M.%S 2>/dev/null || TZ=UTC0 date -r "$after" +%Y%m%d%H%M.%S)" "$age"
	younger=$(find "$@" -prune -newer "$age" 2>/dev/null || :)
	older=$(find "$@" -prune ! -newer "$age" 2>/dev/null || :)
	rm -f "$age"
	[ -n "$younger" ] && [ -z "$older" ]
}

# as_unpacked: reports the same of an archive, without git: nothing is younger than what
# was generated.
as_unpacked() {
	if project_git rev-parse >/dev/null; then return 1; fi
	# shellcheck disable=SC2046 # words
	[ -z "$(find -L $(texts) $(scripts) -newer "$bakefile" ! -name '*.sh' 2>/dev/null || :)" ]
}

# cannot_tell WHY
cannot_tell() {
	[ -e "$bakefile" ] || die "there is no $bakefile, and $1"
	say "whether $folder/generated is up to date cannot be told, as $1; it is used as it is"
	exit
}

# What `make generate` writes is of one configuration, whatever LFD_CONFIG is.
committed=${bakefile#./}
committed=${committed%docker-bake.hcl}config.yaml
if ! grep -qs "lfdgen generate .*-c $committed\$" lfd.go; then
	committed=
elif [ "${LFD_CONFIG#./}" != "$committed" ]; then
	die "what is generated in $folder is of $committed: for $LFD_CONFIG name another folder, with SYSTEM=folder"
fi

# shellcheck disable=SC2086 # words
if [ -n "$(find -L Makefile $files -prune ! -perm -44 2>/dev/null)" ]; then
	say "the files of this project are for you alone to read, as after git clone with umask 077. What a build takes of them has these modes, too, and is another thing than elsewhere: chmod -R go+rX . gives the usual ones"
fi

if [ "$(cat "$verdict" 2>/dev/null)" = "$(fingerprint)" ]; then exit; fi
if same_files && { as_committed || as_unpacked; }; then
	keep
	exit
fi
command -v go >/dev/null 2>&1 || cannot_tell "there is no Go to compile lfdgen with"
say "asking lfdgen whether $folder/generated is up to date (compiling lfdgen takes some two minutes, once)"
go run ./cmd/lfdgen --help >/dev/null || cannot_tell "lfdgen cannot be compiled, see above"
if findings=$(go run ./cmd/lfdgen check -o "$folder" 2>&1); then
	keep
elif [ -n "$committed" ]; then
	printf '%s\n' "$findings" >&2
	die "$folder/generated is not what $committed describes, see above: run make generate"
else
	say "generating $folder anew"
	go run ./cmd/lfdgen generate --strict -o "$folder" >&2 || die "the files in $folder cannot be generated, see above"
	keep
fi
