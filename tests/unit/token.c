#include "suite.h"

#include "base/file.h"
#include "crypto/ring/form.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "event/reader.h"
#include "text/ident.h"

#include <stdio.h>
#include <string.h>

enum slot {
	EPOCH,
	DOMAIN,
	CLASS,
	PREFIX,
	LOWER,
	GIVEN,
	IN,
	IN_HEX,
	OUTER_GIVEN,
	OUTER,
	RAW,
	TEXT,
	FINGERPRINT_EPOCH,
	FINGERPRINT,
	SLOTS,
};

static const char *const paths[SLOTS] = {
	"$.vectors[*].epoch",
	"$.vectors[*].domain",
	"$.vectors[*].class",
	"$.vectors[*].prefix",
	"$.vectors[*].lower",
	"$.vectors[*].given",
	"$.vectors[*].in",
	"$.vectors[*].in_hex",
	"$.vectors[*].outer_given",
	"$.vectors[*].outer",
	"$.vectors[*].raw",
	"$.vectors[*].text",
	"$.fingerprints[*].epoch",
	"$.fingerprints[*].fingerprint",
};

struct vectors {
	struct arena arena;
	struct trie *trie;
	struct reader *reader;
	struct buf text;
	struct reading found;
};

static void
vectors_init(struct vectors *v, const char *file)
{
	struct limits limits = LIMITS_DEFAULT;
	struct path path;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	arena_init(&v->arena, 0);
	buf_init(&v->text, 0);
	ck_assert_status(trie_new(&v->trie, NULL), LETHE_OK);
	for (uint32_t i = 0; i < SLOTS; i++) {
		ck_assert_status(
			path_parse(&v->arena, slice_of(paths[i]), &path, NULL),
			LETHE_OK);
		ck_assert_status(trie_add(v->trie, &path, i, NULL), LETHE_OK);
	}
	ck_assert_status(trie_seal(v->trie, SLOTS, NULL), LETHE_OK);
	ck_assert_status(reader_new(7, &v->reader, NULL), LETHE_OK);
	ck_assert_status(file_read(file, 1 << 20, &v->text, NULL), LETHE_OK);
	ck_assert_status(reader_read(v->reader, v->trie, &limits, FORMAT_JSON,
				 buf_slice(&v->text), NULL, &v->found, NULL),
		LETHE_OK);
}

static void
vectors_fini(struct vectors *v)
{
	reader_free(v->reader);
	trie_free(v->trie);
	buf_fini(&v->text);
	arena_fini(&v->arena);
}

/* The value of a row, or NULL. */
static const struct value *
get(const struct vectors *v, enum slot slot, uint32_t row)
{
	const struct capture *c = reading_first(&v->found, slot);

	while (c && c->index != row)
		c = reading_next(&v->found, c);
	return c ? &c->value : NULL;
}

static uint32_t
get_number(const struct vectors *v, enum slot slot, uint32_t row)
{
	int64_t n;

	ck_assert(value_as_int64(get(v, slot, row), &n));
	return (uint32_t)n;
}

/* A hex member as bytes in the arena; ptr NULL when absent. */
static struct slice
get_bytes(struct vectors *v, enum slot slot, uint32_t row)
{
	const struct value *hex = get(v, slot, row);
	uint8_t *out;

	if (!hex)
		return (struct slice){0};
	ck_assert_int_eq(hex->kind, VALUE_STRING);
	out = arena_alloc(&v->arena, hex->text.len / 2 + 1);
	ck_assert(hex_get(hex->text, out, hex->text.len / 2));
	return slice_make(out, hex->text.len / 2);
}

/* Epoch 3 has the bytes from 0, epoch 2 those from 32. */
static void
epoch_key(uint32_t epoch, uint8_t out[static EPOCH_KEY_BYTES])
{
	for (size_t i = 0; i < EPOCH_KEY_BYTES; i++)
		out[i] = (uint8_t)(i + (epoch == 2 ? 32 : 0));
}

static struct ring_name *
names(char letter, uint32_t count)
{
	struct ring_name *out = calloc(count, sizeof(*out));

	for (uint32_t i = 0; i < count; i++)
		(void)snprintf(out[i].text, sizeof(out[i].text), "%c%u", letter,
			i + 1);
	return out;
}

/* A ring of which one epoch, one domain and one class matter. */
static struct ring *
ring_of(uint32_t epoch, uint32_t domain, uint32_t class)
{
	struct ring *r = ring_new();
	void *keys;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	r->domains = names('d', domain);
	r->domain_count = domain;
	r->classes = names('c', class);
	r->class_count = class;
	r->epochs = calloc(epoch, sizeof(*r->epochs));
	r->epoch_count = epoch;
	r->epochs[epoch - 1] =
		(struct ring_epoch){.number = epoch, .domain = domain};
	r->rules = calloc(1, sizeof(*r->rules));
	r->rules[0] = (struct ring_rules){.epoch = epoch, .class = class};
	r->rules_count = 1;
	r->opened = calloc(epoch, sizeof(*r->opened));
	r->opened[epoch - 1] = true;
	ck_assert_status(
		secret_new(epoch * EPOCH_KEY_BYTES, &keys, NULL), LETHE_OK);
	r->keys = keys;
	epoch_key(epoch, r->keys[epoch - 1]);
	return r;
}

static void
check_token(const struct vectors *v, uint32_t row, struct slice outer,
	struct slice inner)
{
	uint32_t epoch = get_number(v, EPOCH, row);
	uint32_t domain = get_number(v, DOMAIN, row);
	uint32_t class = get_number(v, CLASS, row), number;
	struct ring *r = ring_of(epoch, domain, class);
	struct ring_want_class wanted = {
		.name = slice_of(r->classes[class - 1].text)};
	const uint32_t zero = 0;
	struct ring_want_domain into = {
		slice_of(r->domains[domain - 1].text), &zero, 1};
	struct ring_want want = {&wanted, 1, &into, 1};
	struct token_keys *keys;
	char text[TOKEN_TEXT_MAX];
	size_t at, len;

	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_OK);
	at = token_epoch_at(keys, 0, -1, &number);
	ck_assert_uint_eq(number, epoch);
	len = token_make(
		keys, at, 0, get(v, PREFIX, row)->text, outer, inner, text);
	ck_assert_msg(
		slice_equal(slice_make(text, len), get(v, TEXT, row)->text),
		"row %u: %.*s", row, (int)len, text);
	token_keys_free(keys);
	ring_free(r);
}

START_TEST(agrees_with_the_shared_vectors)
{
	char letters[1024];
	struct vectors v;
	struct slice in;
	uint32_t row = 0;

	memset(letters, 'a', sizeof(letters));
	vectors_init(&v, "tests/vectors/tokens.json");
	for (; get(&v, EPOCH, row); row++) {
		in = get_bytes(&v, IN_HEX, row);
		if (!in.ptr)
			in = get(&v, IN, row)->text;
		if (slice_is(in, "a x 1024"))
			in = slice_make(letters, sizeof(letters));
		check_token(&v, row, (struct slice){0}, in);
	}
	ck_assert_uint_eq(row, 9);
	vectors_fini(&v);
}
END_TEST

START_TEST(agrees_with_a_second_implementation)
{
	struct slice outer, inner;
	struct vectors v;
	uint32_t row = 0;
	bool lower;

	vectors_init(&v, "tests/vectors/tokens-own.json");
	for (; get(&v, EPOCH, row); row++) {
		lower = get(&v, LOWER, row)->boolean;
		ck_assert_int_eq(ident_normalise(get_bytes(&v, GIVEN, row),
					 lower, &v.arena, &inner),
			IDENT_OK);
		ck_assert_msg(slice_equal(inner, get_bytes(&v, IN, row)),
			"normal form of row %u", row);
		outer = (struct slice){0};
		if (get(&v, OUTER, row)) {
			ck_assert_int_eq(
				ident_normalise(get_bytes(&v, OUTER_GIVEN, row),
					false, &v.arena, &outer),
				IDENT_OK);
			ck_assert(
				slice_equal(outer, get_bytes(&v, OUTER, row)));
		}
		check_token(&v, row, outer, inner);
	}
	ck_assert_uint_ge(row, 20);
	vectors_fini(&v);
}
END_TEST

START_TEST(agrees_on_fingerprints)
{
	uint8_t key[EPOCH_KEY_BYTES], print[FINGERPRINT_BYTES];
	struct vectors v;
	uint32_t row = 0, epoch;

	vectors_init(&v, "tests/vectors/tokens-own.json");
	for (; get(&v, FINGERPRINT_EPOCH, row); row++) {
		epoch = get_number(&v, FINGERPRINT_EPOCH, row);
		epoch_key(epoch, key);
		ring_fingerprint(key, epoch, print);
		ck_assert_mem_eq(print, get_bytes(&v, FINGERPRINT, row).ptr,
			FINGERPRINT_BYTES);
	}
	ck_assert_uint_eq(row, 2);
	vectors_fini(&v);
}
END_TEST

/* Three epochs of domain 1, as a rotation would leave them. */
static const struct {
	int64_t now_ms;
	uint32_t number;
} instants[] = {
	{INT64_MIN, 1},
	{0, 1},
	{999, 1},
	{1000, 2},
	{1999, 2},
	{2000, 3},
	{2999, 3},
	{3000, 2}, /* 3 is retired, 2 is not */
	{INT64_MAX, 2},
};

START_TEST(takes_the_last_epoch_that_is_active)
{
	static const struct ring_epoch epochs[] = {
		{.number = 1, .domain = 1, .retire_at_ms = 2000},
		{.number = 2, .domain = 1, .active_from_ms = 1000},
		{.number = 3,
			.domain = 1,
			.active_from_ms = 2000,
			.retire_at_ms = 3000},
	};
	struct ring *r = ring_of(3, 1, 1);
	struct ring_want_class class = {.name = slice_of("c1")};
	const uint32_t zero = 0;
	struct ring_want_domain domain = {slice_of("d1"), &zero, 1};
	struct ring_want want = {&class, 1, &domain, 1};
	struct token_keys *keys;
	uint32_t number;

	memcpy(r->epochs, epochs, sizeof(epochs));
	memset(r->opened, true, 3);
	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_OK);
	ck_assert_uint_lt(
		token_epoch_at(keys, 0, instants[_i].now_ms, &number), 3);
	ck_assert_uint_eq(number, instants[_i].number);
	token_keys_free(keys);
	ring_free(r);
}
END_TEST

START_TEST(has_no_epoch_where_none_was_opened)
{
	struct ring *r = ring_of(1, 1, 1);
	struct ring_want_class class = {.name = slice_of("c1")};
	const uint32_t zero = 0;
	struct ring_want_domain domain = {slice_of("d1"), &zero, 1};
	struct ring_want want = {&class, 1, &domain, 1};
	struct token_keys *keys;
	uint32_t number;

	r->opened[0] = false;
	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_OK);
	ck_assert(token_epoch_at(keys, 0, 0, &number) == SIZE_MAX);
	ck_assert_uint_eq(number, 0);
	token_keys_free(keys);
	r->rules[0].digest[0] = 1;
	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_ERING);
	ck_assert_ptr_null(keys);
	ring_free(r);
}
END_TEST

SUITE("token", TEST(agrees_with_the_shared_vectors),
	TEST(agrees_with_a_second_implementation), TEST(agrees_on_fingerprints),
	ROWS(takes_the_last_epoch_that_is_active, instants),
	TEST(has_no_epoch_where_none_was_opened))
