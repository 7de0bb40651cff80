#!/bin/sh
# Vim, an editor for terminals, which is vi, too.
set -eu

# Settings for all users are in /etc.
echo '#define SYS_VIMRC_FILE "/etc/vimrc"' >>src/feature.h

# --with-compiledby  said by :version, instead of this user and machine. (Its date is
#                    that of SOURCE_DATE_EPOCH.)
./configure \
	--prefix=/usr \
	--with-compiledby='Linux From Scratch'
make
make DESTDIR="$LFS" install

# Examples that are of no use here: one starts with an older Python's name, one is for the
# C shell.
sed -i '1s/python$/python3/' "$LFS"/usr/share/vim/vim[0-9]*/tools/demoserver.py
rm -f "$LFS"/usr/share/vim/vim[0-9]*/tools/vim132

# Many fingers type vi. The manual pages are there in several languages.
ln -s vim "$LFS/usr/bin/vi"
for page in "$LFS"/usr/share/man/man1/vim.1 "$LFS"/usr/share/man/*/man1/vim.1; do
	[ ! -e "$page" ] || ln -s vim.1 "${page%/*}/vi.1"
done

# The documentation, where that of others is.
mkdir -p "$LFS/usr/share/doc"
(cd "$LFS/usr/share/doc" && ln -s ../vim/vim[0-9]*/doc vim)

# The book's settings: Vim's own defaults first, so that what follows counts; more than
# vi can do; Backspace deletes everything; the mouse is left to the terminal, for copying
# and pasting; colours, and those for a dark background where Vim would guess wrong.
mkdir -p "$LFS/etc"
cat >"$LFS/etc/vimrc" <<'END'
" Settings of Vim for all users
source $VIMRUNTIME/defaults.vim
let skip_defaults_vim=1

set nocompatible
set backspace=2
set mouse=
syntax on
if (&term == "xterm") || (&term == "putty")
  set background=dark
endif
END

sh "$LFS_SRC/finish.sh"
