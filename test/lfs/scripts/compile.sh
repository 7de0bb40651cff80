#!/bin/sh
# Compiles and runs a program in C, one in C++ with exceptions and threads, a shared
# library, and a static program.
set -eu
cd "$(mktemp -d)"

cat >greet.c <<'END'
#include <math.h>
#include <stdio.h>
int main(int n, char **arguments) {
	printf("C: the square root of %d is %.3f\n", n + 1, sqrt(n + 1));
	return arguments[n] != NULL;
}
END
cc -Wall -Werror -O2 greet.c -o greet -lm
test "$(./greet)" = 'C: the square root of 2 is 1.414'
./greet

cat >threads.cc <<'END'
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static void work(int n, std::string &result) {
	try {
		if (n % 2)
			throw std::runtime_error("odd");
		result = "even";
	} catch (const std::exception &e) {
		result = e.what();
	}
}

int main() {
	std::vector<std::string> results(4);
	std::vector<std::thread> threads;
	for (int n = 0; n < 4; n++)
		threads.emplace_back(work, n, std::ref(results[n]));
	for (auto &thread : threads)
		thread.join();
	std::cout << "C++: four threads, two of them with exceptions:";
	for (const auto &result : results)
		std::cout << ' ' << result;
	std::cout << std::endl;
}
END
c++ -Wall -Werror -O2 -pthread threads.cc -o threads
./threads
./threads | grep -q ': even odd even odd$'
# Without the shared library the linker would take the static one, and say nothing.
readelf -d threads | grep -q 'NEEDED.*libstdc++\.so\.6'

cat >half.c <<'END'
int half(int n) { return n / 2; }
END
cat >use.c <<'END'
#include <stdio.h>
int half(int);
int main(void) { printf("a shared library: half of 84 is %d\n", half(84)); }
END
cc -shared -fPIC half.c -o libhalf.so
cc use.c -L. -lhalf -Wl,-rpath,"$PWD" -o use
./use
./use | grep -q ' 42$'

for language in c c++; do
	case $language in
	c) cc -static greet.c -o static -lm ;;
	c++) c++ -static -pthread threads.cc -o static ;;
	esac
	if readelf -l static | grep -q INTERP; then
		echo "cc -static: the program in $language wants a loader" >&2
		exit 1
	fi
	./static
done

# Other kinds of work for the linker: all at once (LTO), and all of C++'s checks on.
c++ -flto -O2 -D_GLIBCXX_ASSERTIONS -pthread threads.cc -o lto
./lto >/dev/null
echo 'link-time optimization works'
