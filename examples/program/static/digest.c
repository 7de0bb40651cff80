/* Prints the SHA-256 of its input. It stands for a program of one's own, which needs a library. */
#include <openssl/evp.h>
#include <stdio.h>

int main(void)
{
	unsigned char block[65536], sum[EVP_MAX_MD_SIZE];
	unsigned int length;
	size_t n;
	EVP_MD_CTX *state = EVP_MD_CTX_new();

	if (!state || !EVP_DigestInit_ex(state, EVP_sha256(), NULL))
		return 1;
	while ((n = fread(block, 1, sizeof block, stdin)) > 0)
		if (!EVP_DigestUpdate(state, block, n))
			return 1;
	if (ferror(stdin) || !EVP_DigestFinal_ex(state, sum, &length))
		return 1;
	for (unsigned int i = 0; i < length; i++)
		printf("%02x", sum[i]);
	putchar('\n');
	EVP_MD_CTX_free(state);
	return 0;
}
