#!/bin/sh
# Ninja does what make does, fast, from files that other programs write: Meson's.
set -eu

# Let the variable NINJAJOBS say how many processes may run at a time, also where
# ninja is called by another program.
sed -i '/int Guess/a\
  int   j = 0;\
  char* jobs = getenv( "NINJAJOBS" );\
  if ( jobs != NULL ) j = atoi( jobs );\
  if ( j > 0 ) return j;\
' src/ninja.cc

# --bootstrap  first a ninja, then by it another
# --verbose    show the commands
python3 configure.py --bootstrap --verbose

install -D -m 755 ninja "$LFS/usr/bin/ninja"
install -D -m 644 misc/bash-completion "$LFS/usr/share/bash-completion/completions/ninja"
install -D -m 644 misc/zsh-completion "$LFS/usr/share/zsh/site-functions/_ninja"

sh "$LFS_SRC/finish.sh"
