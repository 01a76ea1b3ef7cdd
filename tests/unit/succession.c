#include "suite.h"

#include "crypto/ring/form.h"
#include "crypto/ring/life.h"
#include "crypto/secret.h"
#include "daemon/succession.h"

#include <stdio.h>
#include <string.h>

/* Which ring may follow which: held version x seen version x digests. */

#define ID "aaaa"

static const uint8_t none[RING_HASH_BYTES], one[RING_HASH_BYTES] = {1},
					    two[RING_HASH_BYTES] = {2};

static const struct {
	struct ring_mark held, seen;
	bool keeps;
	enum succession is;
} rows[] = {
	/* of another id, whatever else */
	{{ID, 5, one, none}, {"bbbb", 5, one, none}, true, RING_OTHER},
	{{ID, 5, one, none}, {"bbbb", 6, two, one}, true, RING_OTHER},
	/* a lower version, whatever it says */
	{{ID, 5, one, none}, {ID, 4, two, none}, true, RING_OLDER},
	{{ID, 5, one, none}, {ID, 1, one, one}, true, RING_OLDER},
	/* the same */
	{{ID, 5, one, none}, {ID, 5, one, none}, true, RING_SAME},
	{{ID, 5, one, none}, {ID, 5, two, none}, true, RING_TWIN},
	{{ID, 5, one, none}, {ID, 5, two, one}, true, RING_TWIN},
	/* the next */
	{{ID, 5, one, none}, {ID, 6, two, one}, true, RING_NEXT},
	{{ID, 5, one, none}, {ID, 6, two, two}, true, RING_STRAY},
	{{ID, 5, one, none}, {ID, 6, two, none}, true, RING_STRAY},
	{{ID, 5, one, none}, {ID, 6, two, one}, false, RING_REKEYED},
	/* one that skips: by what it has */
	{{ID, 5, one, none}, {ID, 7, two, none}, true, RING_NEXT},
	{{ID, 5, one, none}, {ID, 7, two, none}, false, RING_REKEYED},
	{{ID, 5, one, none}, {ID, UINT32_MAX, two, none}, true, RING_NEXT},
	/* no number goes round */
	{{ID, UINT32_MAX, one, none}, {ID, 0, two, one}, true, RING_OLDER},
};

START_TEST(the_table)
{
	ck_assert_int_eq(
		succession_of(&rows[_i].held, &rows[_i].seen, rows[_i].keeps),
		rows[_i].is);
}
END_TEST

/* ---- on rings */

static struct ring *
again(const struct ring *r)
{
	struct ring *out;
	struct slice text;

	ck_assert_status(ring_text(r, &text, NULL), LETHE_OK);
	ck_assert_status(ring_parse(text, &out, NULL), LETHE_OK);
	return out;
}

static struct ring *
new_ring(void)
{
	struct secret_key *secret;
	struct public_key public;
	struct ring *r, *out;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(keypair_generate(&secret, &public, NULL), LETHE_OK);
	ck_assert_status(
		ring_create(&public, &public, 1000, &r, NULL), LETHE_OK);
	out = again(r);
	ring_free(r);
	secret_key_free(secret);
	return out;
}

/* A later version with one purpose more. */
static struct ring *
with(const struct ring *r, const char *purpose)
{
	const struct ring_want_class class = {slice_of("user"), {7}};
	const uint32_t classes[] = {0};
	const struct ring_want_domain domain = {slice_of(purpose), classes, 1};
	const struct ring_want want = {&class, 1, &domain, 1};
	struct ring *copy = again(r), *out;
	size_t added;

	ck_assert_status(ring_add(copy, &want, 2000, &added, NULL), LETHE_OK);
	ck_assert_uint_gt(added, 0);
	out = again(copy);
	ring_free(copy);
	return out;
}

static enum succession
check(const struct ring *held, const struct ring *seen, const char *says)
{
	struct lethe_error err = {0};
	enum succession is;
	enum lethe_status status = succession_check(held, seen, &is, &err);
	bool fine = is == RING_SAME || is == RING_NEXT;

	ck_assert_status(status, fine ? LETHE_OK : LETHE_ERING);
	if (!fine)
		ck_assert_msg(strstr(err.what, says) != NULL, "%s", err.what);
	ck_assert_uint_lt(strlen(err.what), LETHE_WHAT_BYTES - 1);
	return is;
}

START_TEST(what_is_added_follows_and_nothing_goes_back)
{
	struct ring *a = new_ring(), *b = with(a, "one"), *c = with(b, "two");

	ck_assert_int_eq(check(a, a, ""), RING_SAME);
	ck_assert_int_eq(check(a, b, ""), RING_NEXT);
	ck_assert_int_eq(check(b, c, ""), RING_NEXT);
	ck_assert_int_eq(check(a, c, ""), RING_NEXT);
	ck_assert_int_eq(check(c, b, "older"), RING_OLDER);
	ck_assert_int_eq(check(b, a, "older"), RING_OLDER);
	ring_free(c);
	ring_free(b);
	ring_free(a);
}
END_TEST

/* Two people add to one ring, each to a copy. */
START_TEST(forks_are_found_at_any_distance)
{
	struct ring *a = new_ring(), *b = with(a, "one"),
		    *fork = with(a, "one");
	struct ring *c = with(fork, "two"), *d = with(c, "three");
	struct ring *other = new_ring();

	ck_assert_int_eq(check(b, fork, "other bytes"), RING_TWIN);
	ck_assert_int_eq(check(b, c, "does not follow"), RING_STRAY);
	ck_assert_int_eq(check(b, d, "another key"), RING_REKEYED);
	ck_assert_int_eq(check(a, d, ""), RING_NEXT);
	ck_assert_int_eq(check(a, other, "another ring"), RING_OTHER);
	ring_free(other);
	ring_free(d);
	ring_free(c);
	ring_free(fork);
	ring_free(b);
	ring_free(a);
}
END_TEST

/* A later version that has the same epochs. */
static struct ring *
renamed(const struct ring *r, const char *from, const char *to)
{
	struct ring *copy = again(r), *out;

	ck_assert_status(ring_rename(copy, RING_CLASSES, slice_of(from),
				 slice_of(to), 3000, NULL),
		LETHE_OK);
	out = again(copy);
	ring_free(copy);
	return out;
}

/* It has every epoch and key; only its history tells. */
START_TEST(a_fork_that_skips_is_found_by_its_history)
{
	struct ring *first = new_ring(), *a = with(first, "one");
	struct ring *b = renamed(a, "user", "mine");
	struct ring *fork = renamed(a, "user", "yours");
	struct ring *c = renamed(fork, "yours", "ours");
	struct ring *d = renamed(c, "ours", "theirs");

	ck_assert_int_eq(check(b, c, "does not follow"), RING_STRAY);
	ck_assert_int_eq(check(b, d, "does not follow"), RING_STRAY);
	ck_assert_int_eq(check(fork, d, ""), RING_NEXT);
	ck_assert_int_eq(check(a, d, ""), RING_NEXT);
	ck_assert_int_eq(check(first, d, ""), RING_NEXT);
	ring_free(d);
	ring_free(c);
	ring_free(fork);
	ring_free(b);
	ring_free(a);
	ring_free(first);
}
END_TEST

/* With another one every row of the consent ledger would be lost. */
START_TEST(the_index_key_stays)
{
	struct ring *a = new_ring(), *b = with(a, "one"), *other;

	b->index_fingerprint[0] ^= 1;
	b->bytes->seen = false;
	other = again(b);
	ck_assert_int_eq(check(a, other, "does not follow"), RING_STRAY);
	ring_free(other);
	ring_free(b);
	ring_free(a);
}
END_TEST

START_TEST(a_difference_is_told_in_one_line)
{
	struct ring *a = new_ring(), *b = with(a, "one"), *c = with(b, "two");
	char print[2 * FINGERPRINT_BYTES + 1], line[80];
	struct buf out;

	buf_init(&out, 0);
	succession_tell(&out, b, c);
	buf_put_byte(&out, 0);
	hex_text(ring_epoch_get(c, 1)->fingerprint, FINGERPRINT_BYTES, print);
	(void)snprintf(line, sizeof(line), "epoch 2 of two %s", print);
	ck_assert_str_eq((char *)out.ptr, line);
	buf_reset(&out);
	succession_tell(&out, c, c);
	buf_put_byte(&out, 0);
	ck_assert_str_eq((char *)out.ptr, "none");
	buf_fini(&out);
	ring_free(c);
	ring_free(b);
	ring_free(a);
}
END_TEST

START_TEST(the_next_instant_is_the_soonest_to_come)
{
	struct ring *a = new_ring(), *b = with(a, "one"), *c = with(b, "two");
	struct buf out;

	ck_assert_int_eq(ring_next_instant(c, 0), INT64_MAX);
	c->epochs[0].retire_at_ms = 9000;
	c->epochs[1].active_from_ms = 5000;
	ck_assert_int_eq(ring_next_instant(c, 0), 5000);
	ck_assert_int_eq(ring_next_instant(c, 5000), 9000);
	ck_assert_int_eq(ring_next_instant(c, 9000), INT64_MAX);
	buf_init(&out, 0);
	succession_tell(&out, b, c);
	buf_put_byte(&out, 0);
	ck_assert_ptr_nonnull(
		strstr((char *)out.ptr, "changed: epoch 1 of one "));
	ck_assert_ptr_nonnull(strstr((char *)out.ptr, " to 9000; epoch 2 of "));
	ck_assert_ptr_nonnull(strstr((char *)out.ptr, " from 5000"));
	buf_fini(&out);
	c->epochs[0].destroyed_at_ms = 10;
	ck_assert_int_eq(ring_next_instant(c, 5000), INT64_MAX);
	ring_free(c);
	ring_free(b);
	ring_free(a);
}
END_TEST

SUITE("succession", ROWS(the_table, rows),
	TEST(what_is_added_follows_and_nothing_goes_back),
	TEST(forks_are_found_at_any_distance),
	TEST(a_fork_that_skips_is_found_by_its_history),
	TEST(the_index_key_stays), TEST(a_difference_is_told_in_one_line),
	TEST(the_next_instant_is_the_soonest_to_come))
