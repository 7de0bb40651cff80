make
