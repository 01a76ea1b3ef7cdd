#include "suite.h"

#include "base/file.h"
#include "crypto/ring/form.h"
#include "crypto/secret.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOW 1777890000000

static const uint32_t both[] = {0, 1};
static const struct ring_want_domain domains[] = {
	{.name = {(const uint8_t *)"recommendations", 15}, both, 2},
	{.name = {(const uint8_t *)"analytics", 9}, both, 1},
	{.name = {(const uint8_t *)"fraud", 5}, both, 2},
};

struct kit {
	struct secret_key *runtime, *oncall;
	struct ring *ring;
	struct ring_want_class classes[2];
	struct ring_want want;
};

static void
kit_init(struct kit *k)
{
	struct public_key runtime, oncall;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->runtime, &runtime, NULL), LETHE_OK);
	ck_assert_status(keypair_generate(&k->oncall, &oncall, NULL), LETHE_OK);
	k->classes[0] = (struct ring_want_class){slice_of("user"), {1, 2, 3}};
	k->classes[1] = (struct ring_want_class){slice_of("device"), {4}};
	k->want = (struct ring_want){k->classes, 2, domains, 2};
	ck_assert_status(
		ring_create(&runtime, &oncall, NOW, &k->ring, NULL), LETHE_OK);
}

static void
kit_fini(struct kit *k)
{
	ring_free(k->ring);
	secret_key_free(k->runtime);
	secret_key_free(k->oncall);
}

/* A ring of two domains; its text copied, for the caller to free. */
static struct slice
filled_text(struct kit *k)
{
	struct slice text;
	size_t added;
	uint8_t *copy;

	ck_assert_status(
		ring_add(k->ring, &k->want, NOW, &added, NULL), LETHE_OK);
	ck_assert_uint_eq(added, 4);
	ck_assert_status(ring_text(k->ring, &text, NULL), LETHE_OK);
	copy = malloc(text.len + 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = 0;
	return slice_make(copy, text.len);
}

static void
drop_text(struct slice text)
{
	free((void *)(uintptr_t)text.ptr);
}

START_TEST(gives_back_what_was_written)
{
	struct lethe_error err;
	struct slice text, again;
	struct ring *copy;
	struct kit k;
	uint32_t id;

	kit_init(&k);
	text = filled_text(&k);
	ck_assert_status(ring_parse(text, &copy, &err), LETHE_OK);
	ck_assert_status(ring_text(copy, &again, &err), LETHE_OK);
	ck_assert(slice_equal(text, again));
	ck_assert_str_eq(ring_id(copy), ring_id(k.ring));
	ck_assert_uint_eq(ring_version(copy), 1);
	ck_assert_uint_eq(ring_domain_count(copy), 2);
	ck_assert_str_eq(ring_domain_name(copy, 1, &id), "analytics");
	ck_assert_uint_eq(id, 2);
	ck_assert_str_eq(ring_class_name(copy, 0, &id), "user");
	ck_assert_uint_eq(ring_recipient_count(copy, ROLE_RUNTIME), 1);
	ck_assert_uint_eq(ring_recipient_count(copy, ROLE_ERASURE), 0);
	ck_assert_mem_eq(ring_recipient(copy, ROLE_QUARANTINE, 0),
		secret_key_public(k.oncall), PUBLIC_KEY_BYTES);
	ck_assert_int_eq(ring_epoch_get(copy, 1)->active_from_ms, 0);
	ck_assert_int_eq(ring_epoch_get(copy, 1)->created_ms, NOW);
	ck_assert_status(ring_check(copy, &k.want, &err), LETHE_OK);
	ck_assert_status(ring_unlock(copy, k.runtime, NULL, &err), LETHE_OK);
	ck_assert(copy->opened[0] && copy->opened[1]);
	ck_assert_int_ne(memcmp(copy->keys[0], copy->keys[1], 32), 0);
	drop_text(text);
	ring_free(copy);
	kit_fini(&k);
}
END_TEST

START_TEST(writes_a_file_once_and_reads_it)
{
	char path[64];
	struct lethe_error err;
	struct ring *copy;
	struct kit k;

	snprintf(path, sizeof(path), "/tmp/lethe-unit-ring.%d", (int)getpid());
	kit_init(&k);
	drop_text(filled_text(&k));
	ck_assert_status(ring_write(k.ring, path, true, &err), LETHE_OK);
	ck_assert_status(ring_write(k.ring, path, true, &err), LETHE_EUSAGE);
	ck_assert_status(ring_write(k.ring, path, false, &err), LETHE_OK);
	ck_assert_status(ring_read(path, &copy, &err), LETHE_OK);
	unlink(path);
	ring_free(copy);
	ck_assert_status(ring_read(path, &copy, &err), LETHE_EIO);
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_every_flipped_bit)
{
	struct lethe_error err = {0};
	struct slice text;
	struct ring *copy;
	struct kit k;
	uint8_t *bytes;

	kit_init(&k);
	text = filled_text(&k);
	bytes = (uint8_t *)(uintptr_t)text.ptr;
	for (size_t i = 0; i < 8 * text.len; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_msg(ring_parse(text, &copy, &err) != LETHE_OK,
			"bit %zu of byte %zu", i % 8, i / 8);
		ck_assert_ptr_null(copy);
		ck_assert_msg(strncmp(err.what, "ring", 4) == 0 ||
				      strncmp(err.what, "the ring", 8) == 0,
			"%s", err.what);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	drop_text(text);
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_every_beginning)
{
	struct lethe_error err;
	struct slice text;
	struct ring *copy;
	struct kit k;

	kit_init(&k);
	text = filled_text(&k);
	for (size_t len = 0; len < text.len; len++)
		ck_assert_msg(ring_parse(slice_make(text.ptr, len), &copy,
				      &err) != LETHE_OK,
			"%zu bytes", len);
	drop_text(text);
	kit_fini(&k);
}
END_TEST

/* Puts `to` in place of `from` and a digest that fits. */
static struct slice
forge(struct slice text, const char *from, const char *to)
{
	uint8_t hash[RING_HASH_BYTES];
	char hex[2 * RING_HASH_BYTES + 1];
	const char *old = (const char *)text.ptr, *at = strstr(old, from);
	char *forged = NULL, *end;

	ck_assert_ptr_nonnull(at);
	ck_assert_int_gt(asprintf(&forged, "%.*s%s%s", (int)(at - old), old, to,
				 at + strlen(from)),
		0);
	end = strstr(forged, "\ndigest ");
	ck_assert_ptr_nonnull(end);
	end++;
	ring_hash(slice_make(forged, (size_t)(end - forged)), hash);
	hex_text(hash, sizeof(hash), hex);
	memcpy(end + 7, hex, sizeof(hex) - 1);
	return slice_of(forged);
}

static const struct {
	const char *from, *to;
	enum lethe_status status;
	const char *what;
} forged[] = {
	{"lethe-ring 1", "lethe-ring 2", LETHE_EUNSUPPORTED,
		"ring, line 1: a ring of another format than 1: not supported "
		"by this version"},
	{"algorithm kdf-blake2b", "algorithm kdf-sha3", LETHE_EUNSUPPORTED,
		"ring, line 5: algorithm: not supported by this version"},
	{"version 1", "version 01", LETHE_ERING,
		"ring, line 3: version: not a number"},
	{"version 1", "version 2", LETHE_ERING,
		"ring, line 4: previous: all noughts in version 1, and only "
		"there"},
	{"version 1", "version 99999999999", LETHE_ERING,
		"ring, line 3: version: larger than 4294967294"},
	{"domain 2 analytics", "domain 3 analytics", LETHE_ERING,
		"ring, line 7: domain id: must be 2"},
	{"domain 2 analytics", "domain 2 recommendations", LETHE_ERING,
		"ring, line 7: domain name: there is one already"},
	{"domain 2 analytics", "domain 2 Analytics", LETHE_ERING,
		"ring, line 7: domain name: not a name"},
	{"class 2 device\n", "class 2 device \n", LETHE_ERING,
		"ring, line 9: not in the one canonical form"},
	{"class 2 device\n", "class 2 device x\n", LETHE_ERING,
		"ring, line 9: class: something follows"},
	{"class 2 device\n", "class 2 device\n\n", LETHE_ERING,
		"ring, line 10: the line: starts with no word of a ring"},
	{"class 2 device\n", "class 2 device\ndomain 3 x\n", LETHE_ERING,
		"ring, line 10: domain: out of order or doubled"},
	{"recipient runtime", "recipient owner", LETHE_ERING,
		"ring, line 10: recipient role: no such role"},
	{"recipient runtime", "recipient erasure", LETHE_ERING, NULL},
	{"recipient runtime", "recipient quarantine", LETHE_ERING, NULL},
	{"threshold 0", "threshold 1", LETHE_ERING,
		"ring, line 12: threshold: larger than 0"},
	{"threshold 0\n", "threshold 0\npolicy-threshold 0\n", LETHE_ERING,
		"ring, line 13: policy-threshold: none of 0 must sign"},
	{"threshold 0\n", "", LETHE_ERING,
		"ring, line 12: epoch: `threshold` is missing before it"},
	{"epoch 2 domain 2", "epoch 2 domain 1", LETHE_ERING,
		"ring, line 14: epoch active: not after what the domain had "
		"before"},
	{"epoch 2 domain 2", "epoch 2 domain 3", LETHE_ERING,
		"ring, line 14: epoch domain: larger than 2"},
	{"epoch 2 domain 2 created", "epoch 2 domain 2 made", LETHE_ERING,
		"ring, line 14: epoch created: missing here"},
	{" active 0 retire 0", " active 5 retire 4", LETHE_ERING,
		"ring, line 13: epoch retire: before active"},
	{"rules 1 1", "compromised 3 9\nrules 1 1", LETHE_ERING,
		"ring, line 15: compromised epoch: larger than 2"},
	{"rules 1 1", "compromised 2 9\ncompromised 1 9\nrules 1 1",
		LETHE_ERING,
		"ring, line 16: compromised: out of order or doubled"},
	{"class 2 device\n", "class 2 device\njoin 1 fraud why\njoin 1 ads x\n",
		LETHE_ERING,
		"ring, line 11: join purpose: out of order or doubled"},
	{"class 2 device\n", "class 2 device\njoin 1 analytics why\n",
		LETHE_ERING,
		"ring, line 10: join purpose: out of order or doubled"},
	{"class 2 device\n", "class 2 device\njoin 1 fraud \n", LETHE_ERING,
		"ring, line 10: join why: not 1 to 200 printable letters"},
	{"destroyed 0", "destroyed 9", LETHE_ERING,
		"ring, line 18: key epoch: none, or a destroyed one"},
	{"rules 1 2", "rules 1 1", LETHE_ERING,
		"ring, line 16: rules: out of order or doubled"},
	{"rules 2 1", "rules 3 1", LETHE_ERING,
		"ring, line 17: rules epoch: larger than 2"},
	{"key 2 runtime ", "key 1 runtime ", LETHE_ERING,
		"ring, line 19: key: out of order or doubled"},
	{"key 2 runtime ", "key 2 quarantine ", LETHE_ERING,
		"ring, line 19: key role: keys are sealed to runtime and "
		"erasure alone"},
	{"key 2 runtime ", "key 2 runtime 0", LETHE_ERING,
		"ring, line 19: key recipient: the ring has no such "
		"recipient"},
	{"index fingerprint", "index fingerprints", LETHE_ERING,
		"ring, line 20: index fingerprint: missing here"},
	{"digest ", "signature 00\ndigest ", LETHE_ERING,
		"ring, line 22: signature: `digest` is missing before it"},
	{"digest ", "history 2 9 00 x\ndigest ", LETHE_ERING,
		"ring, line 22: history version: larger than 1"},
};

START_TEST(names_line_and_field_of_what_was_changed)
{
	struct lethe_error err = {0};
	struct slice text, other;
	struct ring *copy;
	struct kit k;

	kit_init(&k);
	text = filled_text(&k);
	other = forge(text, forged[_i].from, forged[_i].to);
	ck_assert_status(ring_parse(other, &copy, &err), forged[_i].status);
	if (forged[_i].what)
		ck_assert_str_eq(err.what, forged[_i].what);
	drop_text(other);
	drop_text(text);
	kit_fini(&k);
}
END_TEST

/* The end of the line that starts with `word`. */
static uint8_t *
line_end(struct slice text, const char *word)
{
	char *at = strstr((char *)(uintptr_t)text.ptr, word);

	ck_assert_ptr_nonnull(at);
	return (uint8_t *)strchr(at + 1, '\n');
}

static const struct {
	const char *line;
	int back; /* which digit before its end */
	const char *what;
} unlocking[] = {
	{"\nkey 1 ", 30, "epoch 1: the sealed key was changed"},
	{"\nkey 2 ", 130, "epoch 2: the sealed key was changed"},
	{"\nindex-key ", 30, "epoch 0: the sealed key was changed"},
	{"\nepoch 1 ", 3,
		"epoch 1: the key does not have the fingerprint that the ring "
		"states"},
	{"\nindex fingerprint", 5,
		"epoch 0: the key does not have the fingerprint that the ring "
		"states"},
	{"\nid ", 5, "epoch 1: the sealed key is of another ring or epoch"},
};

START_TEST(shows_a_forged_key_when_it_unlocks)
{
	struct lethe_error err = {0};
	struct slice text, other;
	struct ring *copy;
	struct kit k;
	uint8_t *digit;

	kit_init(&k);
	text = filled_text(&k);
	digit = line_end(text, unlocking[_i].line) - unlocking[_i].back;
	*digit = *digit == '0' ? '1' : '0';
	other = forge(text, "version 1", "version 1");
	ck_assert_status(ring_parse(other, &copy, &err), LETHE_OK);
	ck_assert_status(ring_unlock(copy, k.runtime, NULL, &err), LETHE_ERING);
	ck_assert_str_eq(err.what, unlocking[_i].what);
	ck_assert_ptr_null(copy->keys);
	ring_free(copy);
	drop_text(other);
	drop_text(text);
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_seals_moved_between_epochs)
{
	struct lethe_error err = {0};
	struct ring_sealed keep;
	struct kit k;

	kit_init(&k);
	drop_text(filled_text(&k));
	keep = k.ring->sealed[0];
	memcpy(k.ring->sealed[0].bytes, k.ring->sealed[1].bytes,
		sizeof(keep.bytes));
	ck_assert_status(
		ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_ERING);
	ck_assert_str_eq(err.what,
		"epoch 1: the sealed key is of another ring or epoch");
	kit_fini(&k);
}
END_TEST

START_TEST(opens_for_its_runtime_recipient_alone)
{
	struct lethe_error err = {0};
	struct secret_key *stranger;
	struct public_key public;
	struct kit k;

	kit_init(&k);
	drop_text(filled_text(&k));
	ck_assert_status(keypair_generate(&stranger, &public, NULL), LETHE_OK);
	ck_assert_status(ring_unlock(k.ring, stranger, NULL, &err), LETHE_EKEY);
	ck_assert_str_eq(
		err.what, "the ring has no recipient with this secret key");
	ck_assert_status(ring_unlock(k.ring, k.oncall, NULL, &err), LETHE_EKEY);
	ck_assert_ptr_null(k.ring->keys);
	secret_key_free(stranger);
	kit_fini(&k);
}
END_TEST

START_TEST(opens_one_domain_alone)
{
	struct lethe_error err = {0};
	struct kit k;

	kit_init(&k);
	drop_text(filled_text(&k));
	ck_assert_status(
		ring_unlock(k.ring, k.runtime, "analytics", &err), LETHE_OK);
	ck_assert(!k.ring->opened[0]);
	ck_assert(k.ring->opened[1]);
	ck_assert_status(
		ring_unlock(k.ring, k.runtime, "nothing", &err), LETHE_ERING);
	ck_assert_str_eq(err.what, "the ring has no domain nothing");
	kit_fini(&k);
}
END_TEST

START_TEST(adds_what_lacks_and_nothing_else)
{
	struct slice text, again;
	struct lethe_error err = {0};
	struct ring *copy;
	size_t added;
	struct kit k;

	kit_init(&k);
	text = filled_text(&k);
	ck_assert_status(ring_parse(text, &copy, &err), LETHE_OK);
	ck_assert_status(
		ring_add(copy, &k.want, NOW + 1, &added, &err), LETHE_OK);
	ck_assert_uint_eq(added, 0);
	ck_assert_status(ring_text(copy, &again, &err), LETHE_OK);
	ck_assert(slice_equal(text, again));

	k.want.domain_count = 3;
	ck_assert_status(ring_check(copy, &k.want, &err), LETHE_ERING);
	ck_assert_str_eq(err.what, "the ring lacks the purpose fraud: lethe "
				   "keys add --policy P --ring R");
	ck_assert_status(
		ring_add(copy, &k.want, NOW + 1, &added, &err), LETHE_OK);
	ck_assert_uint_eq(added, 1);
	ck_assert_uint_eq(ring_version(copy), 2);
	ck_assert_mem_eq(copy->previous, k.ring->bytes->hash, RING_HASH_BYTES);
	ck_assert_status(ring_check(copy, &k.want, &err), LETHE_OK);
	ck_assert_status(ring_text(copy, &again, &err), LETHE_OK);
	ring_free(k.ring);
	ck_assert_status(ring_parse(again, &k.ring, &err), LETHE_OK);
	ck_assert_status(ring_unlock(k.ring, k.runtime, NULL, &err), LETHE_OK);
	ck_assert_uint_eq(ring_epoch_get(k.ring, 2)->number, 3);
	ring_free(copy);
	drop_text(text);
	kit_fini(&k);
}
END_TEST

START_TEST(takes_a_class_into_a_domain_that_never_used_it)
{
	static const struct ring_want_domain wider[] = {
		{.name = {(const uint8_t *)"analytics", 9}, both, 2},
	};
	struct lethe_error err = {0};
	struct slice text;
	size_t added;
	struct kit k;

	kit_init(&k);
	drop_text(filled_text(&k));
	k.want.domains = wider;
	k.want.domain_count = 1;
	ck_assert_status(ring_check(k.ring, &k.want, &err), LETHE_ERING);
	ck_assert_str_eq(err.what,
		"the ring lacks the class device in analytics: lethe keys add "
		"--policy P --ring R");
	ck_assert_status(
		ring_add(k.ring, &k.want, NOW, &added, &err), LETHE_OK);
	ck_assert_uint_eq(added, 1);
	ck_assert_uint_eq(ring_epoch_count(k.ring), 2);
	ck_assert_uint_eq(ring_version(k.ring), 2);
	ck_assert_status(ring_check(k.ring, &k.want, &err), LETHE_OK);
	ck_assert_status(ring_text(k.ring, &text, &err), LETHE_OK);
	kit_fini(&k);
}
END_TEST

START_TEST(refuses_to_rekey_a_class)
{
	struct lethe_error err = {0};
	size_t added;
	struct kit k;

	kit_init(&k);
	drop_text(filled_text(&k));
	k.classes[0].rules[15] ^= 1;
	ck_assert_status(ring_check(k.ring, &k.want, &err), LETHE_ERING);
	ck_assert_ptr_nonnull(strstr(err.what, "would re-key class user: "));
	ck_assert_status(
		ring_add(k.ring, &k.want, NOW, &added, &err), LETHE_ERING);
	ck_assert_ptr_nonnull(strstr(err.what, "would re-key class user: "));
	ck_assert_uint_eq(added, 0);
	ck_assert_uint_eq(ring_version(k.ring), 1);
	kit_fini(&k);
}
END_TEST

SUITE("ring", TEST(gives_back_what_was_written),
	TEST(writes_a_file_once_and_reads_it), TEST(refuses_every_flipped_bit),
	TEST(refuses_every_beginning),
	ROWS(names_line_and_field_of_what_was_changed, forged),
	ROWS(shows_a_forged_key_when_it_unlocks, unlocking),
	TEST(refuses_seals_moved_between_epochs),
	TEST(opens_for_its_runtime_recipient_alone),
	TEST(opens_one_domain_alone), TEST(adds_what_lacks_and_nothing_else),
	TEST(takes_a_class_into_a_domain_that_never_used_it),
	TEST(refuses_to_rekey_a_class))
