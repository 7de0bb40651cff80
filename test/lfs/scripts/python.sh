#!/bin/sh
# Python: the modules that need libraries of the system, threads, pip.
set -eu
cd "$(mktemp -d)"

cat >try.py <<'END'
import bz2, ctypes, curses, dbm.gnu, decimal, hashlib, lzma, readline, sqlite3, ssl, sys, threading, _uuid, zlib
import xml.parsers.expat

print("python", sys.version.split()[0])

context = ssl.create_default_context()
assert context.verify_mode == ssl.CERT_REQUIRED
print("ssl:", ssl.OPENSSL_VERSION)
assert hashlib.sha256(b"abc").hexdigest().startswith("ba7816bf")

libc = ctypes.CDLL(None)
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
numbers = (ctypes.c_int * 3)(3, 1, 2)
libc.qsort(numbers, 3, ctypes.sizeof(ctypes.c_int), compare(lambda a, b: a[0] - b[0]))
assert list(numbers) == [1, 2, 3]
print("ctypes: the C library sorts with a function of Python's")

base = sqlite3.connect(":memory:")
base.execute("create virtual table texts using fts5(words)")
base.execute("insert into texts values ('linux from scratch')")
assert base.execute("select words from texts where texts match 'scratch'").fetchone()
print("sqlite:", sqlite3.sqlite_version, "searches in texts")

text = b"the same again and again " * 100
for module in bz2, lzma, zlib:
    assert module.decompress(module.compress(text)) == text
assert decimal.Decimal(1) / 3 == decimal.Decimal("0.3333333333333333333333333333")

results = []
threads = [threading.Thread(target=results.append, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(results) == [0, 1, 2, 3]
print("compression, decimals and threads work")
END
python3 try.py

for module in packaging setuptools jinja2 markupsafe mesonbuild; do
	python3 -c "import $module"
done
pip3 --version
meson --version
