#!/bin/sh
# Checks every script and all Go code of the repository.
set -eu
cd "$(dirname "$0")/.."

# Test data may hold scripts that are wrong on purpose.
tracked() {
	git ls-files --cached --others --exclude-standard -- "$@" ':!:*/testdata/*'
}

echo "lint: shellcheck"
tools/install.sh shellcheck:shellcheck
tracked | while read -r file; do
	# An untracked folder of git's own, or a file that was just deleted, is none.
	if [ -f "$file" ] && head -n 1 "$file" | grep -qaE '^(#! ?/(usr/)?bin/(env )?(ba|da)?sh|# shellcheck shell=)'; then
		echo "$file"
	fi
done | xargs shellcheck

echo "lint: .editorconfig"
checker='go tool -modfile=tools/lint/go.mod editorconfig-checker -no-color'
$checker -disable-indentation
# Texts within Go code and scripts have an indentation of their own.
$checker -exclude '\.(go|sh)$'

echo "lint: gofmt"
unformatted=$(tracked '*.go' | xargs gofmt -l)
if [ -n "$unformatted" ]; then
	printf 'lint: error: not formatted, run gofmt -w on\n%s\n' "$unformatted" >&2
	exit 1
fi

echo "lint: go vet"
go vet ./...

# What users do with make they can do with lfd, also where there is no make.
for system in windows/amd64 darwin/amd64 darwin/arm64 linux/arm64; do
	echo "lint: lfd on $system"
	export GOOS="${system%/*}" GOARCH="${system#*/}" CGO_ENABLED=0
	go build -o /dev/null ./cmd/lfd
	go list -deps ./cmd/lfd | grep '^github.com/linux-from-docker/' | xargs go vet
done
unset GOOS GOARCH CGO_ENABLED

echo "lint: staticcheck"
go tool -modfile=tools/lint/go.mod staticcheck ./...

echo "lint: actionlint"
go tool -modfile=tools/lint/go.mod actionlint
# A tag can be moved to other code, a commit cannot.
if tracked '.github/*' | xargs grep -nE '^[^#]*\buses: ' | grep -vE 'uses: (\./|[^@ ]+@[0-9a-f]{40} # v[0-9.]+$)'; then
	echo "lint: error: name these actions by their commit, with the version in a comment: owner/name@commit # v1.2.3" >&2
	exit 1
fi

echo "lint: go test -race"
# The detector is a library in C.
tools/install.sh gcc:gcc /usr/include/stdlib.h:libc6-dev
# The packages that start goroutines, or guard what they share; but for gen, with which all
# of BuildKit would be compiled once more.
concurrent=$(tracked '*.go' ':!:*_test.go' ':!:gen/*' | xargs grep -lE '^[[:space:]]*go (func|[a-z])|\.Go\(func|"sync(/atomic)?"$|"golang.org/x/sync/' |
	xargs -n 1 dirname | sort -u | sed 's|^|./|')
# shellcheck disable=SC2086 # a word for each package
CGO_ENABLED=1 go test -race -short $concurrent

echo "lint: govulncheck"
# Its database is asked which modules have known faults; GOVULNDB names another one. A
# finding is a fault in a function that our programs call.
database=${GOVULNDB:-https://vuln.go.dev}
vulncheck='go tool -modfile=tools/lint/go.mod govulncheck'
if $vulncheck -db "$database" -version | grep -q '^DB updated: '; then
	$vulncheck -db "$database" ./...
else
	echo "lint: $database does not answer: it was not asked for known faults of the modules"
fi
