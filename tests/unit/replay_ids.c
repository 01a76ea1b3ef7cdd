#include "suite.h"

#include "kafka/replay/ids.h"

#include <string.h>

static void
id_of(unsigned n, uint8_t id[static DIGEST_BYTES])
{
	digest(slice_make(&n, sizeof(n)), id);
}

static void
add(struct ids *s, unsigned n, bool open)
{
	uint8_t id[DIGEST_BYTES];

	id_of(n, id);
	ck_assert_status(ids_add(s, id, open, NULL), LETHE_OK);
}

static bool
has(const struct ids *s, unsigned n)
{
	uint8_t id[DIGEST_BYTES];

	id_of(n, id);
	return ids_has(s, id);
}

START_TEST(holds_what_was_committed_alone)
{
	struct ids s;

	ids_init(&s, 7);
	ck_assert(!has(&s, 1));
	add(&s, 1, false);
	add(&s, 2, true);
	add(&s, 1, true); /* stood before: not taken out */
	ck_assert(has(&s, 1) && has(&s, 2) && !has(&s, 3));
	ids_settle(&s, false);
	ck_assert(has(&s, 1) && !has(&s, 2));
	add(&s, 2, true);
	ids_settle(&s, true);
	ids_settle(&s, false); /* nothing is open */
	ck_assert(has(&s, 2));
	ids_clear(&s);
	ck_assert(!has(&s, 1) && !has(&s, 2));
	ids_fini(&s);
}
END_TEST

/* A transaction at a time, every other one of which fails. */
START_TEST(stays_right_over_many_transactions)
{
	enum { COUNT = 20000, BATCH = 100 };
	struct ids s;

	ids_init(&s, 7);
	for (unsigned n = 0; n < COUNT; n++) {
		add(&s, n, true);
		if (n % BATCH == BATCH - 1)
			ids_settle(&s, n / BATCH % 2);
	}
	for (unsigned n = 0; n < COUNT; n++)
		ck_assert_int_eq(has(&s, n), n / BATCH % 2);
	ids_fini(&s);
}
END_TEST

SUITE("replay_ids", TEST(holds_what_was_committed_alone),
	TEST(stays_right_over_many_transactions))
