/*
 * Any bytes as a policy's signatures: what can be read is written back to the
 * same bytes and is signed by every key that it names; what cannot says why.
 */

#include "crypto/statement.h"
#include "crypto/secret.h"

#include <stdlib.h>

static void
check(int holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lethe_error err = {0};
	struct slice text = slice_make(data, size);
	struct statement s;
	struct buf over, again;

	check(crypto_start(NULL) == LETHE_OK);
	if (statement_parse(text, &s, &err)) {
		check(err.what[0] && err.status == LETHE_EPOLICY &&
			!s.signature_count);
		return 0;
	}
	buf_init(&over, 0);
	buf_init(&again, 0);
	statement_put(&s, &again);
	check(slice_equal(buf_slice(&again), text));
	statement_put_signed(&s, &over);
	check(s.signature_count && s.revision);
	for (size_t i = 0; i < s.signature_count; i++)
		check(verify_bytes(&s.signatures[i].signer, buf_slice(&over),
			s.signatures[i].bytes));
	buf_fini(&over);
	buf_fini(&again);
	return 0;
}
