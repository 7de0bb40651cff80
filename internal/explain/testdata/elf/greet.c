/* What the ELF files beside it are made of, by make.sh. */
int counter = 41;

const char *built(void) { return BUILT; }

int answer(void) { return counter + STEP; }
