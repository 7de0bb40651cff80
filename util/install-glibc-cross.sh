#!/bin/sh
# The C library, the first part of the new system itself. What is compiled from
# here on runs with it, and not with the host's.
set -eu

loader=${LFS_LOADER##*/}

# Programs of x86-64 look for their loader in /lib64, while glibc goes to /usr/lib. The
# second link is the same loader under the name of the LSB.
if [ "$LFS_ARCH" = x86_64 ]; then
	mkdir -p "$LFS/lib64"
	ln -sf "../lib/$loader" "$LFS/lib64/$loader"
	ln -sf "../lib/$loader" "$LFS/lib64/ld-lsb-x86-64.so.3"
fi

mkdir build
cd build

# ldconfig and sln belong into /usr/sbin.
echo 'rootsbindir=/usr/sbin' >configparms

# --host, --build  differ, so that glibc is compiled with the cross toolchain
# --disable-nscd   no cache daemon for names: nobody uses it any more
# libc_cv_slibdir  the libraries go to /usr/lib instead of /lib64
# --enable-kernel  leave out what works around kernels older than this
../configure \
	--prefix=/usr \
	--host="$LFS_TGT" \
	--build="$(../scripts/config.guess)" \
	--disable-nscd \
	libc_cv_slibdir=/usr/lib \
	--enable-kernel=5.10
make
# One job: the installation looks at each library once more, from two places at a time. Where
# both found something to compile, they would write the same files.
make -j1 DESTDIR="$LFS" install

# ldd looks for the loader where programs do: in /lib64, not /usr/lib64.
sed -i '/RTLDLIST=/s@/usr@@g' "$LFS/usr/bin/ldd"

# Now the cross toolchain is complete. Try it, before everything depends on it:
# the linker and the compiler tell where they look and what they take.
echo 'int main(){}' | "$LFS_TGT-gcc" -x c - -v -Wl,--verbose >trial.log 2>&1 || {
	cat trial.log >&2
	exit 1
}
"$LFS_TGT-readelf" -l a.out >>trial.log

wrong=
expect() {
	grep -q "$2" trial.log || {
		echo "The cross toolchain is wrong: $1" >&2
		wrong=yes
	}
}
expect 'programs ask for another loader' "program interpreter: $LFS_LOADER]"
for file in Scrt1.o crti.o crtn.o; do
	expect "$file is not taken from $LFS" "^attempt to open $LFS/.*/$file succeeded"
done
expect "headers are not searched in $LFS" "^ $LFS/usr/include\$"
expect "the C library is not taken from $LFS" "^attempt to open $LFS/usr/lib/libc.so.6 succeeded"
expect "the loader is not taken from $LFS" "^found $loader at $LFS/usr/lib/$loader\$"
# A folder that begins with = is one inside of $LFS; any other is the host's.
if grep -o 'SEARCH_DIR("[^=][^"]*")' trial.log >&2; then
	echo "The cross toolchain is wrong: the linker searches the host's folders" >&2
	wrong=yes
fi
[ -z "$wrong" ]
