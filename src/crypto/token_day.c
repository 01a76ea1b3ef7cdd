#include "crypto/token_own.h"

#include "crypto/secret.h"

#include <sodium.h>

#define ENTRIES 64 /* with their head less than one page of locked memory */

struct day_key {
	uint32_t epoch;
	uint32_t class;
	int32_t day;
	bool filled;
	uint8_t key[TOKEN_KEY_BYTES];
};

struct token_days {
	uint64_t keys; /* whose they are; 0: nobody's */
	struct day_key entries[ENTRIES];
};

_Static_assert(sizeof(struct token_days) <= 4096, "one page a lane");

int32_t
token_day(int64_t event_ms, int64_t lifetime_ms)
{
	int64_t day;

	if (!lifetime_ms)
		return TOKEN_NO_DAY;
	bug_if(lifetime_ms < TOKEN_LIFETIME_MIN_MS);
	day = event_ms / lifetime_ms;
	day -= event_ms % lifetime_ms < 0;
	bug_if(day <= INT32_MIN || day > INT32_MAX);
	return (int32_t)day;
}

enum lethe_status
token_days_new(struct token_days **out, struct lethe_error *err)
{
	enum lethe_status status;
	void *memory;

	*out = NULL;
	status = secret_new(sizeof(**out), &memory, err);
	if (status == LETHE_OK)
		*out = memory;
	return status;
}

void
token_days_free(struct token_days *d)
{
	secret_free(d);
}

void
token_days_begin(struct token_days *d, uint64_t keys)
{
	if (d->keys == keys)
		return;
	sodium_memzero(d, sizeof(*d));
	d->keys = keys;
}

/* Direct-mapped: days stand next to one another, classes apart. */
static struct day_key *
entry_of(struct token_days *d, const struct token_of *of)
{
	uint32_t at =
		(uint32_t)of->day + of->class * 7 + (uint32_t)of->epoch * 29;

	return &d->entries[at % ENTRIES];
}

const uint8_t *
token_day_key(struct token_days *d, const struct token_of *of,
	const uint8_t class_key[static TOKEN_KEY_BYTES])
{
	struct day_key *e = entry_of(d, of);
	uint32_t epoch = (uint32_t)of->epoch;

	bug_if(of->epoch > UINT32_MAX);
	if (e->filled && e->epoch == epoch && e->class == of->class &&
		e->day == of->day)
		return e->key;
	e->epoch = epoch;
	e->class = of->class;
	e->day = of->day;
	e->filled = true;
	/* Before 1970 the number is that of two's complement. */
	crypto_kdf_derive_from_key(e->key, TOKEN_KEY_BYTES,
		(uint64_t)(int64_t)of->day, "tokdays1", class_key);
	return e->key;
}
