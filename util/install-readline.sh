#!/bin/sh
# Readline edits command lines and remembers them: for Bash, bc and others.
set -eu

# An install over an older one would keep the old libraries as *.old, where ldconfig
# finds them.
sed -i '/MV.*old/d' Makefile.in
sed -i '/{OLDSUFF}/c:' support/shlib-install

# No search path in the libraries (rpath): they are where all libraries are.
sed -i 's/-Wl,-rpath,[^ ]*//' support/shobj-conf

# Version 8.3 only: it forgets that input is there when a program's own function has
# said so, or select() has. (The book inserts the same at numbers of lines.)
if grep -q '^#define RL_READLINE_VERSION[[:blank:]]*0x0803' readline.h &&
	! grep -q 'chars_avail = 1;' input.c; then
	sed -i \
		-e '/result = (\*rl_input_available_hook) ();/,/result = -1;/{
			/result = -1;/a\
      else\
        chars_avail = 1;
		}' \
		-e '/return 0;.*Nothing to read/a\
      result = -1;' \
		input.c
	grep -q 'chars_avail = 1;' input.c
fi

# --with-curses  functions for terminals come from ncurses, not from a libtermcap;
#                this only matters to readline.pc
./configure \
	--prefix=/usr \
	--disable-static \
	--with-curses

# SHLIB_LIBS  link the libraries to ncurses, so that programs need not do it
make SHLIB_LIBS=-lncursesw
make SHLIB_LIBS=-lncursesw DESTDIR="$LFS" install

install -D -m 644 -t "$LFS/usr/share/doc/readline" doc/*.ps doc/*.pdf doc/*.html doc/*.dvi

sh "$LFS_SRC/finish.sh"
