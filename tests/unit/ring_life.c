#include "suite.h"

#include "crypto/ring/form.h"
#include "crypto/ring/life.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "daemon/succession.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1777890000000
#define DAY INT64_C(86400000)

static const uint32_t both[] = {0, 1};
static const struct ring_want_domain domains[] = {
	{.name = {(const uint8_t *)"recommendations", 15}, both, 2},
	{.name = {(const uint8_t *)"analytics", 9}, both, 1},
};

struct signer {
	struct public_key public;
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

struct kit {
	struct secret_key *runtime, *oncall, *erasure;
	struct public_key runtime_public, oncall_public, erasure_public;
	struct signer signers[4];
	struct ring *ring;
	struct ring_want_class classes[2];
	struct ring_want want;
};

/* As somebody reads it who has the file alone. */
static struct ring *
read_again(const struct ring *r)
{
	struct lethe_error err = {0};
	struct slice text;
	struct ring *copy = NULL;

	ck_assert_status(ring_text(r, &text, &err), LETHE_OK);
	if (ring_parse(text, &copy, &err))
		ck_abort_msg("%s", err.what);
	return copy;
}

/* Writes it and reads it: the next change is a new version. */
static void
publish(struct kit *k)
{
	struct ring *copy = read_again(k->ring);

	ring_free(k->ring);
	k->ring = copy;
}

static void
kit_init(struct kit *k)
{
	size_t added;

	*k = (struct kit){0};
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->runtime, &k->runtime_public, NULL),
		LETHE_OK);
	ck_assert_status(keypair_generate(&k->oncall, &k->oncall_public, NULL),
		LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->erasure, &k->erasure_public, NULL),
		LETHE_OK);
	for (size_t i = 0; i < 4; i++)
		crypto_sign_keypair(
			k->signers[i].public.bytes, k->signers[i].secret);
	k->classes[0] = (struct ring_want_class){slice_of("user"), {1, 2, 3}};
	k->classes[1] = (struct ring_want_class){slice_of("device"), {4}};
	k->want = (struct ring_want){k->classes, 2, domains, 2};
	ck_assert_status(ring_create(&k->runtime_public, &k->oncall_public, NOW,
				 &k->ring, NULL),
		LETHE_OK);
	ck_assert_status(
		ring_add(k->ring, &k->want, NOW, &added, NULL), LETHE_OK);
	publish(k);
}

static void
kit_fini(struct kit *k)
{
	ring_free(k->ring);
	secret_key_free(k->runtime);
	secret_key_free(k->oncall);
	secret_key_free(k->erasure);
}

static enum lethe_status
sign(struct ring *r, const struct signer *s, struct lethe_error *err)
{
	uint8_t signature[RING_SIGNATURE_BYTES], handover[RING_SIGNATURE_BYTES];
	enum lethe_status status;
	struct slice over;
	bool changes;
	struct buf b;

	ck_assert_status(ring_signed_bytes(r, &over, NULL), LETHE_OK);
	crypto_sign_detached(signature, NULL, over.ptr, over.len, s->secret);
	buf_init(&b, 65536);
	changes = ring_handover_bytes(r, &b);
	if (changes)
		crypto_sign_detached(handover, NULL, b.ptr, b.len, s->secret);
	status = ring_take_signature(
		r, &s->public, signature, changes ? handover : NULL, err);
	buf_fini(&b);
	return status;
}

static void
set_signers(struct kit *k, unsigned which, uint32_t threshold)
{
	struct public_key keys[4];
	size_t count = 0;

	for (unsigned i = 0; i < 4; i++)
		if (which >> i & 1)
			keys[count++] = k->signers[i].public;
	ck_assert_status(
		ring_set_signers(k->ring, keys, count, threshold, NOW, NULL),
		LETHE_OK);
}

static struct ring_trust
trust_of(const struct kit *k, unsigned which, uint32_t threshold,
	struct public_key keys[static 4])
{
	struct ring_trust trust = {keys, 0, threshold};

	for (unsigned i = 4; i-- > 0;)
		if (which >> i & 1)
			keys[trust.count++] = k->signers[i].public;
	return trust;
}

static enum lethe_status
propose(struct kit *k, int64_t from, int64_t overlap, int64_t now,
	struct lethe_error *err)
{
	struct ring_rotation to = {1, from, overlap};
	uint32_t number;

	return ring_propose(k->ring, &to, now, &number, err);
}

START_TEST(walks_through_an_epochs_life)
{
	static const struct {
		int64_t at;
		enum epoch_state first, second;
	} hours[] = {
		{NOW, EPOCH_ACTIVE, EPOCH_SCHEDULED},
		{NOW + DAY - 1, EPOCH_ACTIVE, EPOCH_SCHEDULED},
		{NOW + DAY, EPOCH_OVERLAP, EPOCH_ACTIVE},
		{NOW + 8 * DAY - 1, EPOCH_OVERLAP, EPOCH_ACTIVE},
		{NOW + 8 * DAY, EPOCH_ERASE_ONLY, EPOCH_ACTIVE},
	};
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	ck_assert_status(propose(&k, NOW + DAY, 7 * DAY, NOW, &err), LETHE_OK);
	publish(&k);
	ck_assert_uint_eq(ring_version(k.ring), 2);
	ck_assert_uint_eq(ring_history_count(k.ring), 1);
	ck_assert_str_eq(ring_history_get(k.ring, 0).what,
		"propose an epoch of recommendations from "
		"2026-05-05T10:20:00Z, overlap 7 days");
	for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
		ck_assert_int_eq(ring_epoch_state(k.ring, 0, hours[i].at),
			hours[i].first);
		ck_assert_int_eq(ring_epoch_state(k.ring, 2, hours[i].at),
			hours[i].second);
	}
	ck_assert_status(ring_check(k.ring, &k.want, &err), LETHE_OK);
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_OK);
	kit_fini(&k);
}
END_TEST

START_TEST(a_rotation_is_due_after_a_while)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	ck_assert_int_eq(
		ring_rotation_due(k.ring, 1, 90 * DAY, NOW), NOW + 90 * DAY);
	ck_assert_status(propose(&k, NOW + DAY, 7 * DAY, NOW, &err), LETHE_OK);
	ck_assert_int_eq(
		ring_rotation_due(k.ring, 1, 90 * DAY, NOW), INT64_MAX);
	ck_assert_int_eq(ring_rotation_due(k.ring, 1, 90 * DAY, NOW + DAY),
		NOW + 91 * DAY);
	ck_assert_int_eq(ring_rotation_due(k.ring, 2, 90 * DAY, NOW + DAY),
		NOW + 90 * DAY);
	kit_fini(&k);
}
END_TEST

START_TEST(one_rotation_at_a_time)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	ck_assert_status(propose(&k, NOW, DAY, NOW, &err), LETHE_ERING);
	ck_assert_status(propose(&k, NOW + DAY, 7 * DAY, NOW, &err), LETHE_OK);
	publish(&k);
	ck_assert_status(
		propose(&k, NOW + 2 * DAY, DAY, NOW, &err), LETHE_ERING);
	ck_assert_str_eq(err.what,
		"epoch 3 of recommendations is scheduled already: `lethe keys "
		"retire --epoch 3` calls it off");
	ck_assert_status(propose(&k, NOW + 3 * DAY, DAY, NOW + 2 * DAY, &err),
		LETHE_ERING);
	ck_assert_str_eq(err.what,
		"the overlap of epoch 1 of recommendations is open: another "
		"rotation is possible from 2026-05-12T10:20:00Z");
	ck_assert_status(
		propose(&k, NOW + 9 * DAY, DAY, NOW + 8 * DAY, &err), LETHE_OK);
	kit_fini(&k);
}
END_TEST

START_TEST(a_called_off_epoch_never_comes)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	ck_assert_status(propose(&k, NOW + DAY, 7 * DAY, NOW, &err), LETHE_OK);
	publish(&k);
	ck_assert_status(ring_move(k.ring, 1, RING_CALL_OFF, NULL, NOW, &err),
		LETHE_ERING);
	ck_assert_status(
		ring_move(k.ring, 3, RING_CALL_OFF, NULL, NOW, &err), LETHE_OK);
	publish(&k);
	ck_assert_int_eq(
		ring_epoch_state(k.ring, 0, NOW + 99 * DAY), EPOCH_ACTIVE);
	ck_assert_int_eq(
		ring_epoch_state(k.ring, 2, NOW + 99 * DAY), EPOCH_DESTROYED);
	ck_assert_status(
		propose(&k, NOW + DAY / 2, DAY, NOW + 1, &err), LETHE_OK);
	publish(&k);
	ck_assert_int_eq(ring_epoch_state(k.ring, 3, NOW + DAY), EPOCH_ACTIVE);
	kit_fini(&k);
}
END_TEST

/* The table of moves: what each state allows. */
static const struct {
	int64_t at; /* days after the start; epoch 3 is active from 1 to ... */
	uint32_t epoch;
	bool retire, call_off, destroy;
} allowed[] = {
	{0, 1, false, false, false}, /* active */
	{0, 3, false, true, false},  /* scheduled */
	{2, 1, true, false, false},  /* overlap */
	{2, 3, false, false, false}, /* active */
	{9, 1, true, false, true},   /* erase-only */
	{9, 3, false, false, false},
};

START_TEST(allows_what_the_state_allows)
{
	const enum ring_move all[] = {RING_RETIRE, RING_CALL_OFF, RING_DESTROY};
	const bool may[] = {
		allowed[_i].retire, allowed[_i].call_off, allowed[_i].destroy};

	for (size_t i = 0; i < 3; i++) {
		struct lethe_error err = {0};
		struct kit k;

		kit_init(&k);
		ck_assert_status(
			ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_OK);
		ck_assert_status(ring_recipient_add(k.ring, ROLE_ERASURE,
					 &k.erasure_public, NOW, &err),
			LETHE_OK);
		ck_assert_status(
			propose(&k, NOW + DAY, 7 * DAY, NOW, &err), LETHE_OK);
		publish(&k);
		ck_assert_status(
			ring_move(k.ring, allowed[_i].epoch, all[i], NULL,
				NOW + allowed[_i].at * DAY, &err),
			may[i] ? LETHE_OK : LETHE_ERING);
		if (may[i])
			publish(&k);
		kit_fini(&k);
	}
}
END_TEST

START_TEST(a_retired_key_is_the_erasures_and_a_destroyed_one_nobodys)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	ck_assert_status(propose(&k, NOW + DAY, 0, NOW, &err), LETHE_OK);
	publish(&k);
	ck_assert_status(
		ring_move(k.ring, 1, RING_RETIRE, NULL, NOW + 2 * DAY, &err),
		LETHE_ERING);
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_OK);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_ERASURE,
				 &k.erasure_public, NOW, &err),
		LETHE_OK);
	publish(&k);
	ck_assert_status(
		ring_move(k.ring, 1, RING_RETIRE, NULL, NOW + 2 * DAY, &err),
		LETHE_OK);
	publish(&k);
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_OK);
	ck_assert(!k.ring->opened[0]);
	ck_assert(k.ring->opened[2]);
	ck_assert_status(ring_unlock(k.ring, k.erasure, NULL, &err), LETHE_OK);
	ck_assert(k.ring->opened[0]);
	ck_assert_status(
		ring_move(k.ring, 1, RING_DESTROY, NULL, NOW + 3 * DAY, &err),
		LETHE_OK);
	publish(&k);
	ck_assert_status(ring_unlock(k.ring, k.erasure, NULL, &err), LETHE_OK);
	ck_assert(!k.ring->opened[0]);
	ck_assert(k.ring->opened[2]);
	ck_assert_status(ring_check(k.ring, &k.want, &err), LETHE_OK);
	kit_fini(&k);
}
END_TEST

/* The first epoch is retired: the erasure's alone. */
static void
retire_first(struct kit *k)
{
	ck_assert_status(
		ring_unlock(k->ring, k->runtime, NULL, NULL), LETHE_OK);
	ck_assert_status(ring_recipient_add(k->ring, ROLE_ERASURE,
				 &k->erasure_public, NOW, NULL),
		LETHE_OK);
	publish(k);
	ck_assert_status(propose(k, NOW + DAY, 0, NOW, NULL), LETHE_OK);
	publish(k);
	ck_assert_status(
		ring_move(k->ring, 1, RING_RETIRE, NULL, NOW + 2 * DAY, NULL),
		LETHE_OK);
	publish(k);
	ck_assert(!ring_runtime_has(k->ring, 1));
}

START_TEST(what_left_the_runtime_does_not_come_back_to_it)
{
	struct secret_key *other;
	struct public_key other_public;
	struct kit k;

	kit_init(&k);
	retire_first(&k);
	ck_assert_status(
		keypair_generate(&other, &other_public, NULL), LETHE_OK);
	ck_assert_status(ring_unlock(k.ring, k.erasure, NULL, NULL), LETHE_OK);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_ERASURE, &other_public,
				 NOW + 3 * DAY, NULL),
		LETHE_OK);
	publish(&k);
	ck_assert(!ring_runtime_has(k.ring, 1));
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, NULL), LETHE_OK);
	ck_assert(!k.ring->opened[0] && k.ring->opened[2]);
	ck_assert_status(ring_unlock(k.ring, other, NULL, NULL), LETHE_OK);
	ck_assert(k.ring->opened[0] && k.ring->opened[2]);
	secret_key_free(other);
	kit_fini(&k);
}
END_TEST

START_TEST(the_last_who_holds_a_key_stays)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	retire_first(&k);
	ck_assert_status(ring_recipient_remove(k.ring, ROLE_ERASURE,
				 &k.erasure_public, NOW + 3 * DAY, &err),
		LETHE_ERING);
	ck_assert_str_eq(err.what,
		"nobody else could open epoch 1: add another erasure recipient "
		"first, or destroy the epoch");
	ck_assert_status(
		ring_move(k.ring, 1, RING_DESTROY, NULL, NOW + 3 * DAY, &err),
		LETHE_OK);
	publish(&k);
	ck_assert_status(ring_recipient_remove(k.ring, ROLE_ERASURE,
				 &k.erasure_public, NOW + 3 * DAY, &err),
		LETHE_OK);
	publish(&k);
	kit_fini(&k);
}
END_TEST

START_TEST(a_key_has_one_role)
{
	struct kit k;

	kit_init(&k);
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, NULL), LETHE_OK);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_ERASURE,
				 &k.runtime_public, NOW, NULL),
		LETHE_ERING);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_RUNTIME,
				 &k.oncall_public, NOW, NULL),
		LETHE_ERING);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_QUARANTINE,
				 &k.runtime_public, NOW, NULL),
		LETHE_ERING);
	kit_fini(&k);
}
END_TEST

/* What was never sent is not made up. */
START_TEST(a_class_that_comes_in_an_overlap_is_none_of_the_old_epoch)
{
	static const uint32_t all[] = {0, 1, 2};
	const struct ring_want_domain domain = {
		slice_of("recommendations"), all, 3};
	struct ring_want_class classes[3];
	struct ring_want want = {classes, 3, &domain, 1};
	uint32_t class;
	size_t added;
	struct kit k;

	kit_init(&k);
	memcpy(classes, k.classes, sizeof(k.classes));
	classes[2] = (struct ring_want_class){slice_of("session"), {9}};
	ck_assert_status(propose(&k, NOW + DAY, 7 * DAY, NOW, NULL), LETHE_OK);
	publish(&k);
	ck_assert_status(
		ring_add(k.ring, &want, NOW + 2 * DAY, &added, NULL), LETHE_OK);
	publish(&k);
	class = ring_class_id(k.ring, slice_of("session"));
	ck_assert_uint_ne(class, 0);
	ck_assert_ptr_nonnull(ring_rules_get(k.ring, 3, class));
	ck_assert_ptr_null(ring_rules_get(k.ring, 1, class));
	ck_assert_status(ring_check(k.ring, &want, NULL), LETHE_OK);
	kit_fini(&k);
}
END_TEST

START_TEST(what_is_erase_only_is_wiped_and_nothing_else)
{
	static const uint8_t none[EPOCH_KEY_BYTES];
	uint8_t was[EPOCH_KEY_BYTES];
	struct lethe_error err = {0};
	struct token_keys *keys;
	struct kit k;

	kit_init(&k);
	ck_assert_status(propose(&k, NOW + DAY, DAY, NOW, &err), LETHE_OK);
	publish(&k);
	ck_assert_uint_eq(ring_forget(k.ring, NOW + 3 * DAY), 0);
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_OK);
	memcpy(was, k.ring->keys[2], sizeof(was));
	ck_assert_uint_eq(
		ring_forget(k.ring, NOW + 2 * DAY + RING_FORGET_MS - 1), 0);
	ck_assert_uint_eq(
		ring_forget(k.ring, NOW + 2 * DAY + RING_FORGET_MS), 1);
	ck_assert_uint_eq(
		ring_forget(k.ring, NOW + 2 * DAY + RING_FORGET_MS), 0);
	ck_assert(!ring_holds(k.ring, 0));
	ck_assert_mem_eq(k.ring->keys[0], none, sizeof(none));
	ck_assert(ring_holds(k.ring, 1) && ring_holds(k.ring, 2));
	ck_assert_mem_eq(k.ring->keys[2], was, sizeof(was));
	ck_assert(ring_runtime_has(k.ring, 1));
	/* Tokens of what is left are made as before. */
	ck_assert_status(
		token_keys_new(k.ring, &k.want, &keys, &err), LETHE_OK);
	token_keys_free(keys);
	kit_fini(&k);
}
END_TEST

START_TEST(an_emergency_is_at_once)
{
	struct lethe_error err = {0};
	struct kit k;
	uint32_t number;

	kit_init(&k);
	ck_assert_status(propose(&k, NOW + DAY, 7 * DAY, NOW, &err), LETHE_OK);
	publish(&k);
	ck_assert_status(
		ring_emergency(k.ring, 1, NOW + 9, &number, &err), LETHE_OK);
	ck_assert_uint_eq(number, 4);
	publish(&k);
	ck_assert_int_eq(
		ring_epoch_state(k.ring, 0, NOW + 9), EPOCH_ERASE_ONLY);
	ck_assert_int_eq(ring_epoch_state(k.ring, 2, NOW + 9), EPOCH_DESTROYED);
	ck_assert_int_eq(ring_epoch_state(k.ring, 3, NOW + 9), EPOCH_ACTIVE);
	ck_assert_int_eq(ring_epoch_get(k.ring, 0)->compromised_at_ms, NOW + 9);
	ck_assert_int_eq(
		ring_epoch_state(k.ring, 3, NOW + 99 * DAY), EPOCH_ACTIVE);
	kit_fini(&k);
}
END_TEST

START_TEST(k_of_m_must_sign)
{
	struct lethe_error err = {0};
	struct public_key keys[4];
	struct ring_trust trust;
	struct kit k;

	kit_init(&k);
	trust = trust_of(&k, 7, 2, keys);
	set_signers(&k, 7, 2);
	publish(&k);
	ck_assert_status(ring_verify(k.ring, &trust, &err), LETHE_ERING);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_EUSAGE);
	ck_assert_status(sign(k.ring, &k.signers[3], &err), LETHE_EKEY);
	publish(&k);
	ck_assert_status(ring_verify(k.ring, NULL, &err), LETHE_ERING);
	ck_assert_str_eq(err.what,
		"the change of signers of ring version 2 has 1 of the 2 "
		"signatures it needs");
	ck_assert_status(sign(k.ring, &k.signers[2], &err), LETHE_OK);
	publish(&k);
	ck_assert_uint_eq(ring_version(k.ring), 2);
	ck_assert_uint_eq(ring_signature_count(k.ring), 2);
	ck_assert_status(ring_verify(k.ring, NULL, &err), LETHE_OK);
	ck_assert_status(ring_verify(k.ring, &trust, &err), LETHE_OK);
	trust = trust_of(&k, 11, 2, keys);
	ck_assert_status(ring_verify(k.ring, &trust, &err), LETHE_ERING);
	kit_fini(&k);
}
END_TEST

START_TEST(the_old_signers_make_the_new)
{
	struct lethe_error err = {0};
	struct public_key keys[4];
	struct ring_trust old, new;
	struct kit k;

	kit_init(&k);
	set_signers(&k, 3, 2);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[1], &err), LETHE_OK);
	publish(&k);
	set_signers(&k, 12, 2);
	ck_assert_status(sign(k.ring, &k.signers[2], &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[3], &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_OK);
	publish(&k);
	old = trust_of(&k, 3, 2, keys);
	/* One of the old is not enough, however many of the new there are. */
	ck_assert_status(ring_verify(k.ring, &old, &err), LETHE_ERING);
	ck_assert_status(ring_verify(k.ring, NULL, &err), LETHE_ERING);
	ck_assert_status(sign(k.ring, &k.signers[1], &err), LETHE_OK);
	publish(&k);
	ck_assert_uint_eq(ring_version(k.ring), 3);
	ck_assert_status(ring_verify(k.ring, &old, &err), LETHE_OK);
	new = trust_of(&k, 12, 2, keys);
	ck_assert_status(ring_verify(k.ring, &new, &err), LETHE_OK);
	/* Later versions are the new signers' word, and the chain leads there.
	 */
	ck_assert_status(propose(&k, NOW + DAY, 0, NOW, &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_EKEY);
	ck_assert_status(sign(k.ring, &k.signers[2], &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[3], &err), LETHE_OK);
	publish(&k);
	ck_assert_status(ring_verify(k.ring, NULL, &err), LETHE_OK);
	ck_assert_status(ring_verify(k.ring, &new, &err), LETHE_OK);
	old = trust_of(&k, 3, 2, keys);
	ck_assert_status(ring_verify(k.ring, &old, &err), LETHE_OK);
	kit_fini(&k);
}
END_TEST

/* Somebody kept the file in which it waited, with its signatures. */
START_TEST(a_change_of_signers_that_was_given_up_is_none)
{
	struct lethe_error err = {0};
	struct ring_handover kept;
	struct ring *was, *held;
	struct public_key keys[4];
	struct ring_trust old;
	enum succession is;
	struct kit k;

	kit_init(&k);
	set_signers(&k, 3, 2);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[1], &err), LETHE_OK);
	publish(&k);
	was = read_again(k.ring);
	set_signers(&k, 4, 1);
	for (size_t i = 0; i < 3; i++)
		ck_assert_status(sign(k.ring, &k.signers[i], &err), LETHE_OK);
	kept = k.ring->handovers[1];
	ring_free(k.ring);
	k.ring = was;
	ck_assert_status(ring_rename(k.ring, RING_CLASSES, slice_of("device"),
				 slice_of("gadget"), NOW, &err),
		LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_OK);
	ck_assert_status(sign(k.ring, &k.signers[1], &err), LETHE_OK);
	publish(&k);
	held = read_again(k.ring);
	set_signers(&k, 4, 1);
	k.ring->handovers[1] = kept;
	ck_assert_status(sign(k.ring, &k.signers[2], &err), LETHE_OK);
	publish(&k);
	/* Signatures alone do not tell: what is held does. */
	old = trust_of(&k, 3, 2, keys);
	ck_assert_status(ring_verify(k.ring, &old, &err), LETHE_OK);
	ck_assert_status(
		succession_check(held, k.ring, &is, &err), LETHE_ERING);
	ck_assert_int_eq(is, RING_STRAY);
	ring_free(held);
	kit_fini(&k);
}
END_TEST

/* lethe would not write it, so it is not a ring. */
START_TEST(a_strangers_signature_is_refused)
{
	struct lethe_error err = {0};
	struct ring_signature s;
	struct ring *copy;
	struct slice text;
	struct kit k;
	size_t at;

	kit_init(&k);
	set_signers(&k, 3, 1);
	ck_assert_status(sign(k.ring, &k.signers[1], &err), LETHE_OK);
	ck_assert_status(ring_signed_bytes(k.ring, &text, &err), LETHE_OK);
	s.signer = k.signers[3].public;
	crypto_sign_detached(
		s.bytes, NULL, text.ptr, text.len, k.signers[3].secret);
	at = memcmp(&s.signer, &k.signers[1].public, sizeof(s.signer)) > 0;
	ck_assert_status(RING_INSERT(&k.ring->signatures,
				 &k.ring->signature_count, at, &s, &err),
		LETHE_OK);
	k.ring->bytes->seen = false;
	ck_assert_status(ring_text(k.ring, &text, &err), LETHE_OK);
	ck_assert_status(ring_parse(text, &copy, &err), LETHE_ERING);
	ck_assert_ptr_nonnull(strstr(err.what, "none of this ring"));
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_every_flipped_bit_of_a_signed_ring)
{
	struct lethe_error err = {0};
	struct slice text;
	struct ring *copy;
	struct kit k;
	uint8_t *bytes;

	kit_init(&k);
	set_signers(&k, 3, 1);
	ck_assert_status(sign(k.ring, &k.signers[1], &err), LETHE_OK);
	ck_assert_status(ring_text(k.ring, &text, &err), LETHE_OK);
	bytes = malloc(text.len);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, text.ptr, text.len);
	for (size_t i = 0; i < 8 * text.len; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!ring_parse(slice_make(bytes, text.len), &copy, &err))
			/* A signer's name alone could stay a key. */
			ck_abort_msg("bit %zu of byte %zu", i % 8, i / 8);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	free(bytes);
	kit_fini(&k);
}
END_TEST

START_TEST(a_change_drops_the_signatures)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	set_signers(&k, 1, 1);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_OK);
	publish(&k);
	ck_assert_status(ring_verify(k.ring, NULL, &err), LETHE_OK);
	ck_assert_status(ring_rename(k.ring, RING_CLASSES, slice_of("device"),
				 slice_of("gadget"), NOW, &err),
		LETHE_OK);
	ck_assert_uint_eq(ring_signature_count(k.ring), 0);
	publish(&k);
	ck_assert_status(ring_verify(k.ring, NULL, &err), LETHE_ERING);
	/* A version that is not out takes further changes into itself. */
	ring_reopen(k.ring);
	ck_assert_status(
		ring_rename(k.ring, RING_DOMAINS, slice_of("analytics"),
			slice_of("reports"), NOW, &err),
		LETHE_OK);
	ck_assert_uint_eq(ring_version(k.ring), 3);
	ck_assert_status(sign(k.ring, &k.signers[0], &err), LETHE_OK);
	publish(&k);
	ck_assert_status(ring_verify(k.ring, NULL, &err), LETHE_OK);
	ck_assert_uint_eq(ring_history_count(k.ring), 3);
	kit_fini(&k);
}
END_TEST

/* The token of one user in the first purpose. */
static void
token_of(struct kit *k, const struct ring_want *want, size_t domain,
	int64_t now, char out[static TOKEN_TEXT_MAX])
{
	struct token_of of = {.day = TOKEN_NO_DAY,
		.prefix = slice_of("u"),
		.inner = slice_of("ann@example.org")};
	struct token_keys *keys;
	uint32_t number;
	size_t len;

	ck_assert_status(
		ring_unlock(k->ring, k->runtime, NULL, NULL), LETHE_OK);
	ck_assert_status(token_keys_new(k->ring, want, &keys, NULL), LETHE_OK);
	of.epoch = token_epoch_at(keys, domain, now, &number);
	ck_assert_uint_ne(of.epoch, SIZE_MAX);
	len = token_make(keys, NULL, &of, out);
	out[len] = 0;
	token_keys_free(keys);
}

START_TEST(renaming_changes_no_token_and_joining_shares_them)
{
	static const struct ring_want_domain renamed[] = {
		{.name = {(const uint8_t *)"suggestions", 11}, both, 2},
		{.name = {(const uint8_t *)"search", 6}, both, 2},
	};
	char before[TOKEN_TEXT_MAX], after[TOKEN_TEXT_MAX],
		joined[TOKEN_TEXT_MAX];
	struct lethe_error err = {0};
	struct ring_want want;
	struct kit k;

	kit_init(&k);
	token_of(&k, &k.want, 0, NOW, before);
	ck_assert_status(
		ring_rename(k.ring, RING_DOMAINS, slice_of("recommendations"),
			slice_of("suggestions"), NOW, &err),
		LETHE_OK);
	ck_assert_status(ring_join(k.ring, 1, slice_of("analytics"),
				 slice_of("one team"), NOW, &err),
		LETHE_EUSAGE);
	ck_assert_status(ring_join(k.ring, 1, slice_of("search"),
				 slice_of("one team"), NOW, &err),
		LETHE_OK);
	publish(&k);
	want = (struct ring_want){k.classes, 2, renamed, 2};
	token_of(&k, &want, 0, NOW, after);
	token_of(&k, &want, 1, NOW, joined);
	ck_assert_str_eq(before, after);
	ck_assert_str_eq(before, joined);
	ck_assert_str_eq(ring_join_get(k.ring, 0).why, "one team");
	kit_fini(&k);
}
END_TEST

/* In the order that a reader asks for, a name before those it begins. */
START_TEST(purposes_are_joined_in_any_order)
{
	static const char *const names[] = {"search", "sea", "searches", "a"};
	static const char *const sorted[] = {"a", "sea", "search", "searches"};
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	for (size_t i = 0; i < 4; i++)
		ck_assert_status(ring_join(k.ring, 1, slice_of(names[i]),
					 slice_of("one team"), NOW, &err),
			LETHE_OK);
	publish(&k);
	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(ring_join_get(k.ring, i).purpose, sorted[i]);
	kit_fini(&k);
}
END_TEST

START_TEST(recipients_come_with_their_keys_and_go_with_them)
{
	struct lethe_error err = {0};
	struct secret_key *other;
	struct public_key other_public;
	struct kit k;

	kit_init(&k);
	ck_assert_status(
		keypair_generate(&other, &other_public, NULL), LETHE_OK);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_RUNTIME, &other_public,
				 NOW, &err),
		LETHE_EKEY);
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_OK);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_RUNTIME, &other_public,
				 NOW, &err),
		LETHE_OK);
	ck_assert_ptr_null(k.ring->keys);
	publish(&k);
	ck_assert_status(ring_unlock(k.ring, other, NULL, &err), LETHE_OK);
	ck_assert(k.ring->opened[0] && k.ring->opened[1]);
	ck_assert_status(ring_recipient_remove(k.ring, ROLE_RUNTIME,
				 &k.runtime_public, NOW, &err),
		LETHE_OK);
	publish(&k);
	ck_assert_status(
		ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_EKEY);
	ck_assert_status(ring_unlock(k.ring, other, NULL, &err), LETHE_OK);
	ck_assert_status(ring_recipient_remove(k.ring, ROLE_RUNTIME,
				 &other_public, NOW, &err),
		LETHE_ERING);
	ck_assert_status(ring_recipient_add(k.ring, ROLE_QUARANTINE,
				 &k.erasure_public, NOW, &err),
		LETHE_OK);
	publish(&k);
	ck_assert_uint_eq(ring_recipient_count(k.ring, ROLE_QUARANTINE), 2);
	secret_key_free(other);
	kit_fini(&k);
}
END_TEST

SUITE("ring life", TEST(walks_through_an_epochs_life),
	TEST(a_rotation_is_due_after_a_while), TEST(one_rotation_at_a_time),
	TEST(a_called_off_epoch_never_comes),
	ROWS(allows_what_the_state_allows, allowed),
	TEST(a_retired_key_is_the_erasures_and_a_destroyed_one_nobodys),
	TEST(what_left_the_runtime_does_not_come_back_to_it),
	TEST(the_last_who_holds_a_key_stays), TEST(a_key_has_one_role),
	TEST(a_class_that_comes_in_an_overlap_is_none_of_the_old_epoch),
	TEST(a_change_of_signers_that_was_given_up_is_none),
	TEST(a_strangers_signature_is_refused),
	TEST(what_is_erase_only_is_wiped_and_nothing_else),
	TEST(an_emergency_is_at_once), TEST(k_of_m_must_sign),
	TEST(the_old_signers_make_the_new),
	TEST(refuses_every_flipped_bit_of_a_signed_ring),
	TEST(a_change_drops_the_signatures),
	TEST(renaming_changes_no_token_and_joining_shares_them),
	TEST(purposes_are_joined_in_any_order),
	TEST(recipients_come_with_their_keys_and_go_with_them))
