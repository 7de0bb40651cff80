#!/bin/sh
# Tells whether a test suite went as well as it can: reads the names of the tests that
# failed, one a line, and fails when one is not known to.
#
#   sed -n 's/^FAIL: //p' tests.log | sh $LFS_SRC/verdict.sh [PATTERN...]
#
# A pattern is one of the shell, as for file names.
set -eu

new=0
while IFS= read -r test; do
	for known; do
		# shellcheck disable=SC2254 # it is meant to be a pattern
		case $test in
		$known)
			echo "known to fail: $test"
			continue 2
			;;
		esac
	done
	echo "failed: $test" >&2
	new=$((new + 1))
done
if [ "$new" -gt 0 ]; then
	echo "$new tests failed that are not known to" >&2
	exit 1
fi
