#!/bin/sh
# The build engine: finds a `docker buildx` that can do the job or, where there
# is none, runs a BuildKit of its own. Everything that this script makes lies
# in one folder, which it marks; the user's Docker settings are never written to.
set -eu

# Not everybody's PATH has the folder that runc is in.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

usage() {
	cat <<'END'
Usage: tools/builder.sh COMMAND [ARGUMENT...]

  ensure          get a working builder: Docker's, or else our own
  bake ARG...     ensure, then `buildx bake ARG...` with that builder
  buildx ARG...   ensure, then `buildx ARG...` with that builder
  logs FOLDER     ensure, then write the logs of builds, whose refs come by standard
                  input, into the folder
  engine          print which it would be, "docker" or "own"; start nothing
  status          say what there is, change nothing
  stop            stop our own builder; what it has built is kept
  clean           stop our own builder and delete it with all that it has built

Environment:
  LFD_ENGINE       auto (default), docker or own
  LFD_BUILDER_DIR  folder of our own builder: one that is new or empty, or that of
                   an earlier run (default: ${XDG_CACHE_HOME:-~/.cache}/lfd/builder)
END
}

# What the generated files need at least:
# - BuildKit 0.12 (Docker Engine 25): the first whose built-in Dockerfile
#   syntax is 1.6, which has `ADD --checksum`; `RUN --network` is older.
# - buildx 0.16: the first that takes `description` in a bake file's variables;
#   an older one stops with "Unsupported argument".
need_buildkit=0.12
need_buildx=0.16

here=$(cd "$(dirname "$0")" && pwd -P)

say() { printf 'builder: %s\n' "$*" >&2; }
die() {
	printf 'builder: error: %s\n' "$*" >&2
	exit 1
}

# shellcheck source=tools/made.sh
. "$here/made.sh"

# A time limit, where the system has the tool for it (macOS has not).
limit() {
	if command -v timeout >/dev/null 2>&1; then
		timeout "$@"
	else
		shift
		"$@"
	fi
}

# at_least FOUND NEEDED: compares version numbers.
at_least() {
	[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# ---- Docker ----------------------------------------------------------------

# docker_works: true if `docker buildx` reaches a builder that is new enough;
# otherwise $why_not says what is missing.
docker_works() {
	why_not=
	if ! command -v docker >/dev/null 2>&1; then
		why_not="Docker is not installed"
		return 1
	fi
	found=$(limit 20 docker buildx version 2>/dev/null |
		sed -n 's/^[^ ]* v\{0,1\}\([0-9][0-9.]*\).*/\1/p' | head -n 1) || true
	if [ -z "$found" ]; then
		why_not="Docker is installed, but not its buildx (needed: $need_buildx or newer)"
		return 1
	fi
	if ! at_least "$found" "$need_buildx"; then
		why_not="Docker's buildx is too old: found $found, need $need_buildx or newer"
		return 1
	fi
	# --bootstrap starts a builder that is at rest (it may have to be pulled).
	report=$(limit 90 docker buildx inspect --bootstrap 2>&1) || true
	found=$(printf '%s\n' "$report" |
		sed -n 's/^Build[Kk]it\( version\)\{0,1\}: *v\{0,1\}\([0-9][0-9.]*\).*/\2/p' | head -n 1)
	if [ -z "$found" ]; then
		case $report in
		*"ermission denied while trying to connect"*) why_not="Docker is installed, but you have no right to use it" ;;
		*"ailed to connect"* | *"annot connect"*) why_not="Docker is installed, but does not run (start it to use it)" ;;
		*) why_not="docker buildx has no working builder ($(printf '%s\n' "$report" | tail -n 1))" ;;
		esac
		return 1
	fi
	if ! at_least "$found" "$need_buildkit"; then
		why_not="Docker's BuildKit is too old: found $found, need $need_buildkit or newer (Docker Engine 25)"
		return 1
	fi
}

# docker_hint: the one command that installs Docker, if what the distribution
# has is new enough.
docker_hint() {
	command -v apt-cache >/dev/null 2>&1 || return 0
	candidate=$(LC_ALL=C apt-cache policy docker-buildx 2>/dev/null |
		sed -n 's/^ *Candidate: \([0-9][0-9.]*\).*/\1/p')
	if [ -n "$candidate" ] && at_least "$candidate" "$need_buildx"; then
		echo "apt-get install docker.io docker-buildx"
	fi
}

# ---- our own BuildKit ------------------------------------------------------

# What there is in the builder's folder, beside the mark.
own_names='bin bin.new buildkitd.log buildkitd.log.old buildkitd.pid buildkitd.sock buildkitd.toml buildx docker lock state tmp'
own_title='# Written by tools/builder.sh at each start.'

# own_paths: sets the paths of our own builder.
own_paths() {
	named=${LFD_BUILDER_DIR:-${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/lfd/builder}
	dir=$named
	if [ -d "$dir" ]; then
		dir=$(cd -- "$dir" && pwd -P)
	fi
	socket=$dir/buildkitd.sock
	log=$dir/buildkitd.log
	case $dir in
	*[[:space:]]*) die "the path '$dir' has a space in it, which BuildKit's mounts do not take (set LFD_BUILDER_DIR)" ;;
	esac
	# The kernel takes no longer path for a socket than this.
	if [ "${#socket}" -gt 107 ]; then
		die "the path $dir is too long for a socket (set LFD_BUILDER_DIR to a shorter one)"
	fi
}

# own_folder [create]: sets the paths, and ends where the folder is not a builder's.
own_folder() {
	own_paths
	if [ "${1-}" = create ] && [ ! -d "$dir" ]; then
		claim "$dir" || die "cannot create the folder $dir (choose another with LFD_BUILDER_DIR)"
		own_paths # in full
	fi
	[ -d "$dir" ] || return 0
	if own_unmarked; then
		mark_folder "$dir" Made || die "cannot write to the folder $dir"
	elif ! marked "$dir"; then
		if [ "${1-}" != create ] && [ -z "$(entries "$dir")" ]; then return; fi
		claim "$dir" ||
			die "$dir is not the folder of a builder, but holds something else, or cannot be written to: nothing was changed there. Name another in LFD_BUILDER_DIR, one that is new or empty"
	fi
	for name in $own_names; do
		[ ! -L "$dir/$name" ] ||
			die "$dir/$name is a link, and nothing is written or deleted through links: put what it leads to in its place, or name another folder in LFD_BUILDER_DIR"
	done
}

# own_unmarked: reports whether the folder is that of a builder made before folders were
# marked, or holds the programs of one that was brought along: only these have such files,
# and no others.
own_unmarked() {
	if marked "$dir"; then
		return 1
	elif [ "$(sed -n 1p "$dir/buildkitd.toml" 2>/dev/null)" = "$own_title" ] && [ -d "$dir/state" ]; then
		allowed=$own_names
	elif sed -n 1p "$dir/bin/stamp" 2>/dev/null | grep -Eqx '[0-9a-f]{64}  -' &&
		[ -f "$dir/bin/buildkitd" ] && [ -f "$dir/bin/buildx" ] && [ "$(entries "$dir/bin" | wc -l)" -eq 3 ]; then
		allowed='bin lock'
	else
		return 1
	fi
	# shellcheck disable=SC2086 # words
	! entries "$dir" | grep -qvxF "$(printf '%s\n' $allowed)"
}

# own_possible: stops early, with what to do, where our own builder cannot run.
own_possible() {
	if [ "$(uname -s)" != Linux ]; then
		die "$why_not. On this system install Docker Desktop, start it and try again."
	fi
	if [ "$(uname -m)" != x86_64 ]; then
		die "$why_not, and our own builder cannot emulate an x86-64 machine on this one ($(uname -m)): install Docker and try again."
	fi
	if [ "$(id -u)" -ne 0 ]; then
		hint=$(docker_hint)
		case $why_not in
		*"no right"*)
			advice="sudo usermod -aG docker \"\$USER\"   (then log in again)" ;;
		*)
			advice="${hint:+sudo $hint && sudo usermod -aG docker \"\$USER\"   (then log in again)}" ;;
		esac
		die "$why_not, and our own builder needs root. Either run this as root:
    sudo env \"PATH=\$PATH\" make quickstart${advice:+
or give yourself Docker:
    $advice}"
	fi
}

# own_pid: prints the process id of our own builder if it is running. The id
# alone is no proof: after a restart of the machine it may be any process.
own_pid() {
	pid=$(cat "$dir/buildkitd.pid" 2>/dev/null) || return 1
	case $(readlink "/proc/$pid/exe" 2>/dev/null) in
	"$dir"/bin/buildkitd*) echo "$pid" ;;
	*) return 1 ;;
	esac
}

own_buildx() {
	env DOCKER_CONFIG="$dir/docker" BUILDX_CONFIG="$dir/buildx" BUILDX_BUILDER=lfd \
		"$dir/bin/buildx" "$@"
}

own_answers() {
	own_pid >/dev/null && [ -S "$socket" ] &&
		limit 10 env DOCKER_CONFIG="$dir/docker" BUILDX_CONFIG="$dir/buildx" \
			"$dir/bin/buildx" inspect lfd 2>/dev/null | grep -q '^Status: *running'
}

# own_compile: makes buildkitd and buildx, if they are missing or if the pinned
# versions or Go itself have changed.
own_compile() {
	pinned=$(cat "$here/go.mod" "$here/go.sum" "$here/buildkit.sed" | sha256sum)
	if ! command -v go >/dev/null 2>&1; then
		if [ "$(sed -n 1p "$dir/bin/stamp" 2>/dev/null)" = "$pinned" ]; then
			return # a builder that was brought along
		fi
		die "Go is missing: our own builder is compiled from source. Install Go 1.21 or newer."
	fi
	version=$(go env GOVERSION 2>/dev/null)
	if ! at_least "${version#go}" 1.21; then
		die "Go is too old: found ${version:-one without a version}, need 1.21 or newer (which then fetches the version that is pinned)"
	fi
	version=$(cd "$here" && go env GOVERSION) || die "Go does not work, see above"
	stamp=$(printf '%s\n%s' "$pinned" "$version")
	if [ "$(cat "$dir/bin/stamp" 2>/dev/null)" = "$stamp" ]; then
		return
	fi
	say "compiling BuildKit and buildx, once: about 3 minutes on 2 cores"
	remove "$dir/bin.new"
	mkdir "$dir/bin.new"
	# No cgo: a C compiler is not needed. No VCS stamp: git refuses to answer
	# when the clone belongs to another user. -s -w: half the size.
	# All are joined by &&, as set -e does not count left of ||.
	(
		cd "$here" &&
			buildkit=$(go list -m -f '{{.Version}}' github.com/moby/buildkit) &&
			buildx=$(go list -m -f '{{.Version}}' github.com/docker/buildx) &&
			# BuildKit with a change of ours.
			go mod download github.com/moby/buildkit &&
			cp -R "$(go list -m -f '{{.Dir}}' github.com/moby/buildkit)" "$dir/bin.new/buildkit" &&
			chmod -R u+w "$dir/bin.new/buildkit" &&
			own_patch "$dir/bin.new/buildkit/solver/edge.go" "$buildkit" &&
			cp go.mod "$dir/bin.new/tools.mod" &&
			cp go.sum "$dir/bin.new/tools.sum" &&
			go mod edit -replace "github.com/moby/buildkit=$dir/bin.new/buildkit" "$dir/bin.new/tools.mod" &&
			CGO_ENABLED=0 go build -buildvcs=false -trimpath -modfile "$dir/bin.new/tools.mod" \
				-ldflags "-s -w -X github.com/moby/buildkit/version.Version=$buildkit -X github.com/docker/buildx/version.Version=$buildx" \
				-o "$dir/bin.new/" tool
	) || {
		# Without a network, say, or with too little memory.
		if [ "$(sed -n 1p "$dir/bin/stamp" 2>/dev/null)" = "$pinned" ]; then
			say "compiling failed, see above: using the same version as compiled before"
			return
		fi
		die "compiling BuildKit failed, see above"
	}
	own_stop
	# The stamp comes last: without it, what a killed run leaves is compiled again.
	mkdir -p "$dir/bin"
	rm -f "$dir/bin/stamp"
	mv -f "$dir/bin.new/buildkitd" "$dir/bin.new/buildx" "$dir/bin/"
	printf '%s\n' "$stamp" >"$dir/bin/stamp"
	remove "$dir/bin.new"
}

# own_patch FILE VERSION: changes BuildKit's source. Each rule has one place there: where
# it has none, the rule was written for another source.
own_patch() {
	sed -f buildkit.sed "$1" >"$dir/bin.new/patched" || return 1
	rules=$(grep -c '^s/' buildkit.sed)
	places=$(diff "$1" "$dir/bin.new/patched" | grep -c '^[0-9]')
	if [ "$places" -ne "$rules" ]; then
		say "of the $rules changes in $here/buildkit.sed, $places have a place in BuildKit's ${1#"$dir/bin.new/buildkit/"}: write them anew for BuildKit $2, or take them out if it needs none"
		return 1
	fi
	mv "$dir/bin.new/patched" "$1"
}

own_config() {
	# How many build steps may run at once. Each compiles with a job per core,
	# so a few suffice; each may want some 3 GB. Two of them keep a machine
	# with 2 cores and 8 GB alive, and one long step never blocks the rest.
	cores=$(nproc)
	memory=$(awk '/^MemTotal:/ { print int($2 / 1048576) }' /proc/meminfo)
	steps=$((cores / 2))
	if [ "$steps" -gt $((memory / 4)) ]; then steps=$((memory / 4)); fi
	if [ "$steps" -gt 4 ]; then steps=4; fi
	if [ "$steps" -lt 2 ]; then steps=2; fi

	# Half of a small disk at most, see reservedSpace.
	keep=$(df -Pk "$dir" | awk 'NR == 2 { gb = int($2 / 2000000); print (gb < 30 ? gb : 30) }')

	cat <<END
$own_title
root = "$dir/state"

[grpc]
  address = ["unix://$socket"]

[cdi]
  disabled = true

# The record of each build, which \`make report\` reads. One goes when it is older
# and there are more. A whole system may be built in many runs over some weeks.
[history]
  maxAge = "720h"
  maxEntries = 200

[worker.containerd]
  enabled = false

[worker.oci]
  enabled = true
  # overlayfs, or plain copies ("native") where overlayfs cannot be used.
  snapshotter = "auto"
  networkMode = "host"
  max-parallelism = $steps

  # When to delete old results. A whole system is hours of work in some 30 GB:
  # so much is kept however full the disk is. Above 100 GB, or when less than
  # 4 GB of the disk are free, those go that were not used for longest. (By
  # default BuildKit begins when a fifth of the disk is not free, and keeps
  # 10 GB only.)
  reservedSpace = "${keep}GB"
  maxUsedSpace = "100GB"
  minFreeSpace = "4GB"
END
}

# own_leftovers: after a kill the containers of the running steps may live on, and what
# BuildKit has mounted for them. What somebody else has mounted stays.
own_leftovers() {
	runc list 2>/dev/null | state="$dir/state/" awk 'index($4, ENVIRON["state"]) == 1 { print $1 }' |
		while read -r container; do
			runc delete --force "$container" || true
		done
	mounts "$dir" | while read -r mounted; do
		case ${mounted#"$dir/"} in
		tmp/buildkit* | state/runc-*/executor/* | state/runc-*/cachemounts/*) umount -l "$mounted" || true ;;
		esac
	done
}

own_start() {
	say "starting BuildKit (log: $log)"
	own_leftovers
	rm -f "$socket" "$dir/buildkitd.pid"
	own_config >"$dir/buildkitd.toml"
	if [ -f "$log" ]; then mv -f "$log" "$log.old"; fi
	# BuildKit mounts what it works on below its temporary folder.
	remove "$dir/tmp"
	mkdir "$dir/tmp"
	# A session of its own, so that it outlives this terminal and Ctrl-C; the
	# lock (9) must not go with it.
	# shellcheck disable=SC2016
	setsid --fork sh -c 'umask 022; cd /; export TMPDIR="$1/tmp"; echo $$ >"$1/buildkitd.pid"; exec "$1/bin/buildkitd" --config "$1/buildkitd.toml"' \
		sh "$dir" >"$log" 2>&1 </dev/null 9>&-

	mkdir -p "$dir/docker" "$dir/buildx"
	if ! grep -qsF "unix://$socket" "$dir/buildx/instances/lfd"; then
		remove "$dir/buildx"
		own_buildx create --name lfd --driver remote "unix://$socket" >/dev/null
	fi

	begin=$(date +%s)
	until own_answers; do
		waited=$(($(date +%s) - begin))
		if [ "$waited" -gt 60 ] || { [ "$waited" -gt 3 ] && ! own_pid >/dev/null; }; then
			tail -n 20 "$log" >&2
			die "BuildKit does not answer; above is the end of its log, $log. If its state is damaged, make clean-builder starts afresh."
		fi
		sleep 0.3
	done
}

own_stop() {
	pid=$(own_pid) || return 0
	say "stopping BuildKit"
	kill "$pid"
	waited=0
	while own_pid >/dev/null; do
		waited=$((waited + 1))
		if [ "$waited" -eq 60 ]; then kill -9 "$pid" 2>/dev/null || true; fi
		sleep 0.25
	done
	own_leftovers
	rm -f "$socket" "$dir/buildkitd.pid"
}

# with_lock COMMAND: one at a time per folder.
with_lock() {
	(
		if ! flock -n 9; then
			say "waiting for another run that is setting up the builder"
			flock -w 1800 9 || die "waited half an hour for the lock $dir/lock"
		fi
		"$@"
	) 9>"$dir/lock"
}

own_up() {
	marked "$dir" || die "the builder was deleted while this run waited for it: try again"
	own_compile
	own_answers || own_start
}

# own_clean: deletes the builder, and its folder if nothing else is in it and nobody had
# made it before.
own_clean() {
	own_stop
	own_leftovers
	cd "$dir"
	# shellcheck disable=SC2086 # words
	removable $own_names || exit 1
	say "deleting $dir: $(du -shx . | cut -f 1) of programs and of what they have built"
	rm -f bin/buildkitd bin/buildx bin/stamp
	[ ! -d bin ] || rmdir bin 2>/dev/null || :
	# shellcheck disable=SC2046 # words
	remove $(for name in $own_names; do [ "$name" = bin ] || [ "$name" = lock ] || echo "$name"; done)
	origin=$(cut -d ' ' -f 1 "$mark")
	rm -f lock "$mark"
	left=$(entries . | paste -s -d ' ' -)
	if [ -n "$left" ]; then
		say "not made by the builder, and still in $dir: $left"
	elif [ "$origin" = Made ] && [ ! -L "${named%/}" ]; then
		rmdir "$dir"
	fi
}

# ---- commands --------------------------------------------------------------

# choose: sets $engine, or ends with what to do if there can be none.
choose() {
	why_not=
	case ${LFD_ENGINE:-auto} in
	docker)
		docker_works || die "$why_not"
		engine=docker
		;;
	own)
		why_not="LFD_ENGINE=own asks for it"
		own_possible
		engine=own
		;;
	auto)
		engine=docker
		if ! docker_works; then
			own_possible
			engine=own
		fi
		;;
	*) die "LFD_ENGINE is '$LFD_ENGINE', but must be auto, docker or own" ;;
	esac
}

ensure() {
	choose
	[ "$engine" = own ] || return 0
	own_folder create
	if ! own_pid >/dev/null; then
		say "$why_not: using our own BuildKit"
		hint=$(docker_hint)
		if [ -n "$hint" ]; then
			say "(Docker would do as well, if you prefer it: $hint)"
		fi
	fi
	"$here/install.sh" runc:runc
	with_lock own_up
}

run_buildx() {
	ensure
	if [ "$engine" = docker ]; then
		exec docker buildx "$@"
	fi
	export DOCKER_CONFIG="$dir/docker" BUILDX_CONFIG="$dir/buildx" BUILDX_BUILDER=lfd
	exec "$dir/bin/buildx" "$@"
}

# logs FOLDER
logs() {
	ensure
	while read -r ref; do
		if [ "$engine" = docker ]; then
			docker buildx history logs --progress=plain "$ref"
		else
			own_buildx history logs --progress=plain "$ref"
		fi >"$1/$ref" 2>&1 </dev/null || :
	done
}

command=${1-}
[ $# -gt 0 ] && shift
case $command in
ensure) ensure ;;
bake) run_buildx bake "$@" ;;
buildx) run_buildx "$@" ;;
logs) logs "$1" ;;
engine)
	choose
	echo "$engine"
	;;
status)
	if docker_works; then
		echo "Docker: works (BuildKit $found)"
	else
		echo "Docker: $why_not"
	fi
	own_paths
	if own_answers; then
		echo "own BuildKit: running, process $(own_pid), in $dir ($(du -sh "$dir" 2>/dev/null | cut -f 1))"
	elif marked "$dir" || own_unmarked; then
		echo "own BuildKit: not running, in $dir ($(du -sh "$dir" 2>/dev/null | cut -f 1))"
	else
		echo "own BuildKit: none"
	fi
	;;
stop)
	own_folder
	if marked "$dir"; then with_lock own_stop; fi
	;;
clean)
	own_folder
	if marked "$dir"; then with_lock own_clean; fi
	;;
-h | --help | help) usage ;;
*)
	usage >&2
	exit 2
	;;
esac
