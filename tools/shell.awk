# Gives a generated Dockerfile one more stage, the last, which has no name: all that the stage of a
# package has just before the install script runs, and no script run. (Of tests with
# steps of their own: what it has before the script that judges them.)
#
#   awk -v stage=STAGE -f tools/shell.awk Dockerfile
#
# STAGE is a stage of the Dockerfile: that in which a package is built
# (bash-build) or tested (bash-check), or the root of others.

# mounted TEXT NAME: that option of a --mount
function mounted(text, name) {
	if (!match(text, "[=,]" name "=[^, ]*")) return ""
	return substr(text, RSTART + length(name) + 2, RLENGTH - length(name) - 2)
}

function copy(mount, from) {
	from = mounted(mount, "from")
	return "COPY " (from ? "--from=" from " " : "") mounted(mount, "source") " " mounted(mount, "target")
}

# step BLOCK: an instruction with its continuation lines. The one that builds the
# package runs with another script, which writes down what it finds, such as the
# environment, and ends package.sh where it stands. Tests that have steps of their own
# build nothing (package.sh --check): what is kept ends before the script that judges them.
function step(block, lines, n, i, before, after, command) {
	if (block !~ /\/package\.sh [a-z]/ && block !~ /target=[^ ]*\/check\.sh[, ]/) {
		kept = kept block
		return
	}
	n = split(block, lines, "\n")
	for (i = 2; i <= n; i++) {
		if (lines[i] ~ /--mount=type=secret/) continue
		if (lines[i] !~ /--mount=/) command = command lines[i] "\n"
		else if (mounted(lines[i], "target") ~ /\/(build|check)\.sh$/) {
			after = after copy(lines[i]) "\n"
			scripts = scripts " " substr(mounted(lines[i], "source"), 2) # without the slash
		} else before = before copy(lines[i]) "\n"
	}
	over = 1
	if (block !~ /\/package\.sh [a-z]/) {
		kept = kept before after
		return
	}
	sub(/\n+$/, "", command)
	kept = kept before "COPY --chmod=755 <<'END' /src/lfs/build.sh\n#!/bin/sh\n" note "kill -9 $PPID\nEND\n" \
		"RUN --network=none { \\\n" command " \\\n    ; } 2>/src/lfs/.errors || test -e /src/lfs/.folder || { cat /src/lfs/.errors >&2; exit 1; }\n" after
	package = 1
}

BEGIN { note = "export -p >/src/lfs/.environment\npwd >/src/lfs/.folder\n" }
{ print }
/^FROM / {
	inside = ($4 == stage)
	if (inside) {
		kept = "FROM " $2 "\n"
		next
	}
}
!inside || over { next }
{
	block = block $0 "\n"
	if (!/\\$/) {
		step(block)
		block = ""
	}
}
END {
	if (!kept) exit 1
	# What make shell reads.
	print "\n# lfd-shell of" scripts "\n" kept
	if (!package) print "RUN --network=none mkdir -p /src/lfs && export -p >/src/lfs/.environment && pwd >/src/lfs/.folder"
	print "COPY tools/enter.sh /src/lfs/.enter.sh"
}
