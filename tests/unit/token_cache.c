#include "suite.h"

#include "crypto/ring/form.h"
#include "crypto/secret.h"
#include "engine/token_cache.h"

#include <stdio.h>

/* Keys of one epoch, one domain and two classes. */
static struct token_keys *
keys_of(uint8_t seed)
{
	struct ring *r = ring_new();
	struct ring_want_class classes[] = {
		{.name = slice_of("a")}, {.name = slice_of("b")}};
	const uint32_t both[] = {0, 1};
	struct ring_want_domain domain = {slice_of("d"), both, 2};
	struct ring_want want = {classes, 2, &domain, 1};
	struct token_keys *keys;
	void *bytes;

	ck_assert_status(crypto_start(NULL), LETHE_OK);
	r->domains = calloc(1, sizeof(*r->domains));
	r->classes = calloc(2, sizeof(*r->classes));
	r->epochs = calloc(1, sizeof(*r->epochs));
	r->rules = calloc(2, sizeof(*r->rules));
	r->opened = calloc(1, sizeof(*r->opened));
	r->domain_count = r->epoch_count = 1;
	r->class_count = r->rules_count = 2;
	r->domains[0].text[0] = 'd';
	r->classes[0].text[0] = 'a';
	r->classes[1].text[0] = 'b';
	r->epochs[0] = (struct ring_epoch){.number = 1, .domain = 1};
	r->rules[0] = (struct ring_rules){.epoch = 1, .class = 1};
	r->rules[1] = (struct ring_rules){.epoch = 1, .class = 2};
	r->opened[0] = true;
	ck_assert_status(secret_new(EPOCH_KEY_BYTES, &bytes, NULL), LETHE_OK);
	memset(bytes, seed, EPOCH_KEY_BYTES);
	r->keys = bytes;
	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_OK);
	ring_free(r);
	return keys;
}

/* The cache's answer is the one of token_make. */
static void
check(struct token_cache *c, const struct token_keys *k, uint32_t class,
	struct slice outer, struct slice inner)
{
	char text[TOKEN_TEXT_MAX], expected[TOKEN_TEXT_MAX];
	struct slice prefix = slice_of(class ? "bb" : "a");
	struct token_of of = {.class = class,
		.day = TOKEN_NO_DAY,
		.prefix = prefix,
		.outer = outer,
		.inner = inner};
	size_t len = token_make(k, NULL, &of, expected);
	size_t got = token_cache_make(c, k, NULL, &of, text);

	ck_assert(
		slice_equal(slice_make(text, got), slice_make(expected, len)));
}

static void
check_all(struct token_cache *c, const struct token_keys *k)
{
	uint8_t text[1024];
	char number[16];
	int n;

	memset(text, 'x', sizeof(text));
	for (uint32_t class = 0; class < 2; class ++) {
		for (size_t len = 1; len <= 200; len++) {
			check(c, k, class, (struct slice){0},
				slice_make(text, len));
			for (size_t outer = 1; outer <= 90 && outer < len;
				outer += 7)
				check(c, k, class, slice_make(text, outer),
					slice_make(text, len - outer));
		}
		check(c, k, class, (struct slice){0}, slice_make(text, 1024));
		check(c, k, class, slice_make(text, 1024),
			slice_make(text, 1024));
		/* More than there are entries. */
		for (int i = 0; i < 6000; i++) {
			n = snprintf(number, sizeof(number), "id%d", i);
			check(c, k, class, (struct slice){0},
				slice_make(number, (size_t)n));
		}
	}
}

START_TEST(gives_what_token_make_gives)
{
	struct token_cache *c = token_cache_new(1);
	struct token_keys *k = keys_of(1);

	ck_assert_ptr_nonnull(c);
	token_cache_begin(c, 1);
	check_all(c, k);
	check_all(c, k);
	token_keys_free(k);
	token_cache_free(c);
}
END_TEST

START_TEST(tells_days_apart)
{
	struct token_cache *c = token_cache_new(1);
	struct token_keys *k = keys_of(1);
	struct token_of of = {
		.prefix = slice_of("a"), .inner = slice_of("jane")};
	char texts[4][TOKEN_TEXT_MAX], again[TOKEN_TEXT_MAX];
	static const int32_t on[] = {TOKEN_NO_DAY, -1, 0, 1};
	struct token_days *days;
	size_t len = 0;

	ck_assert_status(token_days_new(&days, NULL), LETHE_OK);
	token_days_begin(days, 1);
	token_cache_begin(c, 1);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 4; i++) {
			of.day = on[i];
			len = token_cache_make(
				c, k, days, &of, round ? again : texts[i]);
			if (round)
				ck_assert_mem_eq(texts[i], again, len);
		}
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			ck_assert_mem_ne(texts[i], texts[j], len);
	token_days_free(days);
	token_keys_free(k);
	token_cache_free(c);
}
END_TEST

START_TEST(remembers_within_a_view)
{
	struct token_cache *c = token_cache_new(1);
	struct token_keys *one = keys_of(1), *two = keys_of(2);
	struct token_of of = {.day = TOKEN_NO_DAY,
		.prefix = slice_of("a"),
		.inner = slice_of("jane")};
	char first[TOKEN_TEXT_MAX], again[TOKEN_TEXT_MAX];
	size_t len;

	token_cache_begin(c, 1);
	len = token_cache_make(c, one, NULL, &of, first);
	token_cache_begin(c, 1);
	/* Other keys would give another token, were they asked. */
	ck_assert_uint_eq(token_cache_make(c, two, NULL, &of, again), len);
	ck_assert_mem_eq(first, again, len);
	token_keys_free(one);
	token_keys_free(two);
	token_cache_free(c);
}
END_TEST

START_TEST(forgets_with_another_view)
{
	struct token_cache *c = token_cache_new(1);
	struct token_keys *one = keys_of(1), *two = keys_of(2);

	token_cache_begin(c, 1);
	check_all(c, one);
	token_cache_begin(c, 2);
	check_all(c, two);
	token_cache_begin(c, 1);
	check_all(c, one);
	token_keys_free(one);
	token_keys_free(two);
	token_cache_free(c);
}
END_TEST

SUITE("token_cache", TEST(gives_what_token_make_gives), TEST(tells_days_apart),
	TEST(remembers_within_a_view), TEST(forgets_with_another_view))
