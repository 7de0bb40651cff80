# Sums up the records of a run's builds, as `buildx history logs` prints them: what
# was built, what came from the cache; on failure the step and its last lines.
#
#   awk -v took=SECONDS -v shell='make shell' -f tools/summary.awk
#
# shell is the command for a shell where a package is built.
#
# The lines of a step begin with its number:
#
#   #12 [busybox-build 4/4] RUN --network=none ... /bin/sh /src/package.sh busybox busybox
#   #12 0.310 what it prints
#   #12 DONE 58.2s            (or CACHED, or ERROR: why)

function duration(seconds) {
	seconds = int(seconds + 0.5)
	if (seconds < 60) return seconds " s"
	if (seconds < 3600) return int(seconds / 60) " min " seconds % 60 " s"
	return int(seconds / 3600) " h " int(seconds % 3600 / 60) " min"
}

# Each record counts its steps from 1: the same number may be another step.
/^#[0-9]+ \[/ {
	name = substr($0, length($1) + 2)
	if (title[$1] != name) lines[$1] = 0
	title[$1] = name
	next
}
!/^#[0-9]+ / || !($1 in title) { next }
{
	# The package that the step builds, or tests, if it is one that does.
	package = title[$1]
	if (!sub(/^.*\/package\.sh /, "", package)) package = ""
	sub(/ .*/, "", package)
	if (match(title[$1], /[^ [][^ []*-check +[0-9]+\/[0-9]+\]/)) {
		package = substr(title[$1], RSTART)
		sub(/ .*/, "", package)
	}
	if (package != "" && !(package in took_by)) {
		took_by[package] = -1
		count++
	}
}
$2 == "CACHED" {
	if (package != "") cached[package] = 1
	next
}
$2 == "DONE" {
	# More than one record may tell of a step, and a package's tests may be several.
	if (package == "") next
	if (took_by[package] < 0) took_by[package] = 0
	if (step_took[title[$1]] < $3 + 0) {
		took_by[package] += $3 - step_took[title[$1]]
		step_took[title[$1]] = $3 + 0
	}
	next
}
$2 == "ERROR:" {
	if (failed == "" && $0 !~ /context canceled/) {
		failed = title[$1]
		reason = substr($0, length($1) + 9)
		sub(/^process .* did not complete successfully: /, "", reason) # it repeats the command
		culprit = package
		first = lines[$1] - 29
		last = lines[$1]
		if (first < 1) first = 1
		for (i = first; i <= last; i++) output[i] = text[$1, i]
	}
	next
}
$2 ~ /^[0-9]+\.[0-9]+$/ { text[$1, ++lines[$1]] = substr($0, length($1 $2) + 3) }

END {
	for (package in took_by) {
		if (took_by[package] >= 0) built++
		else if (package in cached) reused++
	}
	print ""
	if (count) {
		printf "built: %s", built ? built (built == 1 ? " package" : " packages") : "no package"
		# The longest first, and not a hundred of them.
		for (n = 1; n <= 10; n++) {
			longest = ""
			for (package in took_by)
				if (took_by[package] >= 0 && (longest == "" || took_by[package] > took_by[longest])) longest = package
			if (longest == "") break
			printf "%s %s %s", (n == 1 ? ":" : ","), longest, duration(took_by[longest])
			delete took_by[longest]
		}
		if (built > 10) printf ", and %d that took less", built - 10
		printf "\nfrom the cache: %s\n", reused ? reused (reused == 1 ? " package" : " packages") : "no package"
	}
	print "took: " duration(took)
	if (failed == "") exit
	split(failed, part, /\] /)
	step = substr(part[1], 2)
	if (culprit != "") printf "\nfailed: package %s, step %s: %s\n", culprit, step, reason
	else {
		command = substr(failed, length(part[1]) + 3)
		gsub(/ +--(mount|network)=[^ ]*/, "", command)
		gsub(/ +/, " ", command)
		printf "\nfailed: step %s: %s\n    %s\n", step, reason, command
	}
	if (last) {
		printf "The last lines that it printed:\n\n"
		for (i = first; i <= last; i++) print "    " output[i]
	}
	if (culprit != "") printf "\nA shell where it failed:\n    %s TARGET=%s AT=failure\n", shell, culprit
}
