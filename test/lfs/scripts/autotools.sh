#!/bin/sh
# A small project of the GNU kind: a program and a library, with Autoconf, Automake and
# Libtool, found again by pkg-config.
set -eu
cd "$(mktemp -d)"

mkdir m4
cat >configure.ac <<'END'
AC_INIT([hello], [1.0])
AC_CONFIG_MACRO_DIRS([m4])
AM_INIT_AUTOMAKE([foreign])
AC_PROG_CC
AM_PROG_AR
LT_INIT
AC_CHECK_HEADERS([unistd.h])
AC_CONFIG_FILES([Makefile hello.pc])
AC_OUTPUT
END
cat >Makefile.am <<'END'
ACLOCAL_AMFLAGS = -I m4
lib_LTLIBRARIES = libhello.la
libhello_la_SOURCES = library.c
libhello_la_LDFLAGS = -version-info 3:1:2
bin_PROGRAMS = hello
hello_SOURCES = hello.c
hello_LDADD = libhello.la
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = hello.pc
END
cat >hello.pc.in <<'END'
prefix=@prefix@
exec_prefix=@exec_prefix@
libdir=@libdir@
Name: hello
Description: says hello
Version: @VERSION@
Libs: -L${libdir} -lhello
END
echo 'const char *words(void) { return "hello from a shared library"; }' >library.c
cat >hello.c <<'END'
#include <stdio.h>
const char *words(void);
int main(void) { return puts(words()) < 0; }
END

autoreconf --force --install >autoreconf.log 2>&1 || {
	cat autoreconf.log >&2
	exit 1
}
./configure -q --prefix="$PWD/installed"
make -s all install >make.log 2>&1 || {
	cat make.log >&2
	exit 1
}
make -s distcheck >distcheck.log 2>&1 || {
	tail -n 40 distcheck.log >&2
	exit 1
}
./installed/bin/hello
./installed/bin/hello | grep -qx 'hello from a shared library'
test -L installed/lib/libhello.so.1
# shellcheck disable=SC2046 # options
cc hello.c $(PKG_CONFIG_PATH=installed/lib/pkgconfig pkg-config --libs hello) -o again
LD_LIBRARY_PATH=installed/lib ./again >/dev/null
echo 'pkg-config finds the library'

cat >count.l <<'END'
%option noyywrap
%{
int words = 0;
%}
%%
[a-z]+  words++;
.|\n    ;
%%
int main(void) { yylex(); return words - 3; }
END
cat >sum.y <<'END'
%{
#include <stdio.h>
static const char *at = "1+2+3";
static int yylex(void) { return *at ? *at++ : 0; }
static void yyerror(const char *text) { puts(text); }
%}
%%
all: sum { if ($1 != 6) YYABORT; };
sum: digit | sum '+' digit { $$ = $1 + $3; };
digit: '1' { $$ = 1; } | '2' { $$ = 2; } | '3' { $$ = 3; };
%%
int main(void) { return yyparse(); }
END
flex count.l
cc lex.yy.c -o count
echo 'one two three' | ./count
bison sum.y
cc sum.tab.c -o sum
./sum
echo 'flex and bison: three words, and the sum is 6'
