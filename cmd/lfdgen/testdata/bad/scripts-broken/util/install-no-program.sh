#!	 
make
