#!/bin/sh
# GDB shows where a program has crashed, and its Python extends it.
set -eu
cd "$(mktemp -d)"

cat >crash.c <<'END'
static int read_it(const int *place) { return *place; }
static int deeper(int depth) { return depth ? deeper(depth - 1) : read_it(0); }
int main(void) { return deeper(2); }
END
cc -g -O0 crash.c -o crash
# No symbols from the network; a container may not turn address-space randomization off.
unset DEBUGINFOD_URLS
gdb -nx -batch -ex 'set disable-randomization off' -ex run -ex backtrace \
	-ex 'python print("python in gdb:", 6 * 7)' ./crash >log 2>&1 || {
	cat log >&2
	exit 1
}
cat log
grep -q 'signal SIGSEGV' log
grep -q '^#0 .*read_it (place=0x0) at crash.c:1' log
test "$(grep -c '^#[1-3] .*deeper (depth=' log)" = 3
grep -q '^#4 .*main () at crash.c:3' log
grep -q '^python in gdb: 42' log
