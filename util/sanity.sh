#!/bin/sh
# Tries the final toolchain, where the book does after installing GCC (chapter 8):
# the linker and the compiler tell where they look and what they take.
set -eu

cd "$(mktemp -d)"
loader=${LFS_LOADER##*/}

echo 'int main(){}' | cc -x c - -v -Wl,--verbose >trial.log 2>&1 || {
	cat trial.log >&2
	exit 1
}
readelf -l a.out >>trial.log

wrong=
expect() {
	grep -q "$2" trial.log || {
		echo "The toolchain is wrong: $1" >&2
		wrong=yes
	}
}
expect 'programs ask for another loader' "program interpreter: $LFS_LOADER]"
for file in Scrt1.o crti.o crtn.o; do
	expect "$file is not that of /usr/lib" "^attempt to open /usr/lib/.*$file succeeded"
done
expect 'headers are not searched in /usr/include' '^ /usr/include$'
expect 'the C library is not that of /usr/lib' '^attempt to open /usr/lib/libc.so.6 succeeded'
expect 'the loader is not that of /usr/lib' "^found $loader at /usr/lib/$loader\$"

# What it makes runs: C, C++ with exceptions, a program that needs no loader.
./a.out
echo '#include <stdexcept>
int main() { try { throw std::runtime_error("x"); } catch (std::exception &) { return 0; } return 1; }' |
	c++ -x c++ - -o a++
./a++
echo 'int main(){}' | cc -x c - -static -o a-static
./a-static

# Nothing that it is made of is left from the temporary system.
if cc -v 2>&1 | grep -e "$LFS_TGT" -e /tools; then
	echo 'The toolchain is wrong: it is the temporary one' >&2
	wrong=yes
fi
[ -z "$wrong" ]
