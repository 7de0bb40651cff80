#!/bin/sh
# A shell where a package is built: in its stage's root, with what it needs, its
# source unpacked and patched, no network, as its install script finds it.
#
#   tools/shell.sh TARGET [FOLDER]
#
# TARGET is a package, PACKAGE-check for its tests, or a stage; FOLDER is its system's,
# otherwise the first that has it. Nothing of the system is changed or built again:
# the environment is taken out of the builder's cache, and thrown away at the end.
#
#   AT=failure   run the install script first, which may fail
#   CMD=COMMAND  run this and leave; so does what comes by standard input
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/.."

die() {
	printf 'shell: error: %s\n' "$*" >&2
	exit 1
}

# shellcheck source=tools/made.sh
. "$here/made.sh"

target=$1
case ${AT:=start} in
start | failure) ;;
*) die "AT is '$AT', but must be start or failure" ;;
esac

lfd=$here/lfd.sh
found=$("$lfd" find ${2:+--system "$2"} -- "$target")
folder=${found%% *}
stage=${found#* }
# A package is built in another stage than that of its result, which copies from there.
stage=$(awk -v stage="$stage" '
	/^FROM / { current = $4 }
	current == stage { found = 1 }
	/\/package\.sh / { builds[current] = 1 }
	current == stage && /^COPY --from=/ { from = substr($2, 8) }
	END { if (found) print (!(stage in builds) && from in builds) ? from : stage }
' "$folder/generated/Dockerfile")
[ -n "$stage" ] || die "$target is neither a package nor a stage"

engine=$("$lfd" engine print)
"$lfd" inputs --system "$folder"

claim out || [ -d out ] || die "cannot make the folder out"
dir=$(mktemp -d out/shell.XXXXXX)
image=lfd-shell:${dir##*.}
leave() {
	status=$?
	trap - EXIT HUP INT TERM
	[ "$engine" = own ] || docker image rm --force "$image" >/dev/null 2>&1 || :
	remove "$dir"
	exit "$status"
}
trap leave EXIT
trap 'exit 130' HUP INT TERM

dockerfile=$dir/Dockerfile
awk -v stage="$stage" -f "$here/shell.awk" "$folder/generated/Dockerfile" >"$dockerfile"
script=$(sed -n 's/^# lfd-shell of *//p' "$dockerfile")
scripts=$(dirname "${script%% *}")
# The package's name, in which there may be dots, is that of its script.
name=${script%% *}
name=${name##*/}
name=${name#install-}
name=${name#check-}
name=${name%.sh}
name=${name:-$target}
printf 'shell: %s of %s: getting its build environment out of the builder\n' "$target" "$folder" >&2

# bake ARGUMENT...: builds the stage, by way of a target that every system has.
bake() {
	set -- --set "host.dockerfile=$dockerfile" --set host.target= "$@" host
	override=$folder/docker-bake.override.hcl
	if [ -f "$override" ]; then set -- -f "$override" "$@"; fi
	"$lfd" engine buildx bake -f "$folder/docker-bake.hcl" "$@"
}

run_docker() {
	bake --set host.output=type=docker --set "host.tags=$image" || die "the build failed, see above"
	set -- run --rm --interactive --network none --hostname "$name" \
		--env NAME="$name" --env SCRIPT="$script" --env AT="$AT" "$@"
	if [ -n "$script" ]; then set -- "$@" --volume "$PWD/$scripts:/src/lfs/.scripts"; fi
	docker "$@" "$image" /bin/sh /src/lfs/.enter.sh
}

# runc is what our own builder runs its steps with.
run_runc() {
	mkdir "$dir/rootfs"
	# The exit code of a pipe is that of its end only: a file tells of its beginning.
	{ bake --set host.output=type=tar,dest=- || : >"$dir/failed"; } | tar -x -p -f - -C "$dir/rootfs" || : >"$dir/failed"
	[ ! -e "$dir/failed" ] || die "the build failed, see above"
	if [ -n "$script" ]; then mkdir -p "$dir/rootfs/src/lfs/.scripts"; fi
	runc_config "$@" >"$dir/config.json"
	runc run --bundle "$dir" "lfd-${dir##*/}"
}

# The same as BuildKit's: no network, and of root's rights those that it leaves a RUN.
runc_config() {
	rights='"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
      "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"'
	cat <<END
{
  "ociVersion": "1.0.2",
  "process": {
    "terminal": ${1:-false},
    "user": { "uid": 0, "gid": 0 },
    "cwd": "/",
    "args": ["/bin/sh", "/src/lfs/.enter.sh"],
    "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=${TERM:-dumb}", "NAME=$name", "SCRIPT=$script", "AT=$AT"],
    "capabilities": {
      "bounding": [$rights],
      "effective": [$rights],
      "permitted": [$rights]
    }
  },
  "root": { "path": "rootfs" },
  "hostname": "$name",
  "mounts": [
END
	if [ -n "$script" ]; then
		cat <<END
    { "destination": "/src/lfs/.scripts", "source": "$PWD/$scripts", "type": "bind", "options": ["bind"] },
END
	fi
	cat <<'END'
    { "destination": "/proc", "source": "proc", "type": "proc" },
    { "destination": "/dev", "source": "tmpfs", "type": "tmpfs", "options": ["nosuid", "mode=755"] },
    { "destination": "/dev/pts", "source": "devpts", "type": "devpts", "options": ["newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
    { "destination": "/dev/shm", "source": "shm", "type": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"] },
    { "destination": "/sys", "source": "sysfs", "type": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] }
  ],
  "linux": {
    "namespaces": [{ "type": "mount" }, { "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }],
    "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
    "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"]
  }
}
END
}

# shell ARGUMENT...: with a terminal or without, by the argument that says so.
if [ "$engine" = docker ]; then run=run_docker terminal=--tty; else run=run_runc terminal=true; fi
if [ -n "${CMD-}" ]; then
	printf '%s\n' "$CMD" | $run
elif [ -t 0 ] && [ -t 1 ]; then
	$run $terminal
else
	$run
fi
