#include "suite.h"

#include "base/file.h"
#include "crypto/ring/form.h"
#include "crypto/secret.h"
#include "crypto/token.h"
#include "event/reader.h"
#include "text/ident.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
	EVENT_MS,
	LIFETIME_MS,
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
	"$.vectors[*].event_ms",
	"$.vectors[*].lifetime_ms",
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

static int32_t
day_of(const struct vectors *v, uint32_t row)
{
	int64_t event_ms, lifetime_ms;

	if (!get(v, LIFETIME_MS, row))
		return TOKEN_NO_DAY;
	ck_assert(value_as_int64(get(v, EVENT_MS, row), &event_ms));
	ck_assert(value_as_int64(get(v, LIFETIME_MS, row), &lifetime_ms));
	return token_day(event_ms, lifetime_ms);
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
	struct token_of of = {.day = day_of(v, row),
		.prefix = get(v, PREFIX, row)->text,
		.outer = outer,
		.inner = inner};
	struct token_days *days;
	struct token_keys *keys;
	char text[TOKEN_TEXT_MAX];
	size_t len;

	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_OK);
	ck_assert_status(token_days_new(&days, NULL), LETHE_OK);
	token_days_begin(days, 1);
	of.epoch = token_epoch_at(keys, 0, -1, &number);
	ck_assert_uint_eq(number, epoch);
	/* Derived, and remembered. */
	for (int i = 0; i < 2; i++) {
		len = token_make(keys, days, &of, text);
		ck_assert_msg(slice_equal(slice_make(text, len),
				      get(v, TEXT, row)->text),
			"row %u: %.*s", row, (int)len, text);
	}
	token_days_free(days);
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
	ck_assert_uint_ge(row, 30);
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

/* What overlaps, of rings that a rotation, two and an emergency leave. */
static const struct {
	const char *what;
	struct ring_epoch epochs[4];
	bool shut; /* the keys of the second epoch are not open */
	int64_t now_ms;
	uint32_t number, was;
} overlaps[] = {
#define FIRST \
	{ \
		.number = 1, .domain = 1, .retire_at_ms = 3000 \
	}
#define SECOND \
	{ \
		.number = 2, .domain = 1, .active_from_ms = 2000 \
	}
	{"one epoch", {{.number = 1, .domain = 1}}, false, 0, 1, 0},
	{"before", {FIRST, SECOND}, false, 1999, 1, 0},
	{"its first moment", {FIRST, SECOND}, false, 2000, 2, 1},
	{"its last", {FIRST, SECOND}, false, 2999, 2, 1},
	{"after", {FIRST, SECOND}, false, 3000, 2, 0},
	{"none at all",
		{{.number = 1, .domain = 1, .retire_at_ms = 2000}, SECOND},
		false, 2000, 2, 0},
	{"no stated end", {{.number = 1, .domain = 1}, SECOND}, false,
		INT64_MAX, 2, 0},
	{"of another domain",
		{FIRST, {.number = 2, .domain = 2},
			{.number = 3, .domain = 1, .active_from_ms = 2000}},
		false, 2000, 3, 1},
	{"another domain's alone",
		{{.number = 1, .domain = 2, .retire_at_ms = 3000},
			{.number = 2, .domain = 1, .active_from_ms = 2000}},
		false, 2000, 2, 0},
	{"an emergency ends it",
		{{.number = 1, .domain = 1, .retire_at_ms = 9000},
			{.number = 2,
				.domain = 1,
				.active_from_ms = 2000,
				.retire_at_ms = 2500},
			{.number = 3, .domain = 1, .active_from_ms = 2500}},
		false, 2500, 3, 0},
	{"though the keys are gone",
		{{.number = 1, .domain = 1, .retire_at_ms = 9000},
			{.number = 2,
				.domain = 1,
				.active_from_ms = 2000,
				.retire_at_ms = 2500},
			{.number = 3, .domain = 1, .active_from_ms = 2500}},
		true, 2500, 3, 0},
	{"one given up before its instant",
		{FIRST,
			{.number = 2,
				.domain = 1,
				.active_from_ms = 1500,
				.destroyed_at_ms = 1000},
			{.number = 3, .domain = 1, .active_from_ms = 2000}},
		true, 2000, 3, 1},
	{"one that is to come",
		{FIRST, SECOND,
			{.number = 3, .domain = 1, .active_from_ms = 5000}},
		false, 2500, 2, 1},
};

START_TEST(knows_what_overlaps)
{
	struct ring *r;
	struct ring_want_class class = {.name = slice_of("c1")};
	const uint32_t zero = 0;
	struct ring_want_domain domain = {slice_of("d1"), &zero, 1};
	struct ring_want want = {&class, 1, &domain, 1};
	struct token_keys *keys;
	uint32_t number, was, count = 0;
	size_t at;

	while (count < 4 && overlaps[_i].epochs[count].number)
		count++;
	r = ring_of(count, 2, 1);
	memcpy(r->epochs, overlaps[_i].epochs, count * sizeof(*r->epochs));
	memset(r->opened, true, count);
	if (overlaps[_i].shut)
		r->opened[1] = false;
	snprintf(r->domains[0].text, sizeof(r->domains[0].text), "d1");
	for (uint32_t e = count; e-- > 0;)
		if (r->epochs[e].domain == 1 && !r->epochs[e].destroyed_at_ms) {
			r->rules[0].epoch = e + 1;
			break;
		}
	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_OK);
	at = token_epoch_at(keys, 0, overlaps[_i].now_ms, &number);
	ck_assert_uint_eq(number, overlaps[_i].number);
	at = token_epoch_was_at(keys, at, overlaps[_i].now_ms, &was);
	ck_assert_msg(
		was == overlaps[_i].was, "%s: %u", overlaps[_i].what, was);
	ck_assert_int_eq(at == SIZE_MAX, !was);
	/* The class has rules in the last epoch alone. */
	if (was)
		ck_assert(!token_is_same(keys, at, 0));
	token_keys_free(keys);
	ring_free(r);
}
END_TEST

START_TEST(tells_one_set_of_rules_from_another)
{
	static const struct ring_epoch epochs[] = {
		{.number = 1, .domain = 1, .retire_at_ms = 3000},
		{.number = 2, .domain = 1, .active_from_ms = 2000},
	};
	struct ring *r = ring_of(2, 1, 1);
	struct ring_want_class class = {.name = slice_of("c1")};
	const uint32_t zero = 0;
	struct ring_want_domain domain = {slice_of("d1"), &zero, 1};
	struct ring_want want = {&class, 1, &domain, 1};
	struct token_keys *keys;

	memcpy(r->epochs, epochs, sizeof(epochs));
	memset(r->opened, true, 2);
	r->rules = reallocarray(r->rules, 2, sizeof(*r->rules));
	r->rules[1] = r->rules[0];
	r->rules[0].epoch = 1;
	r->rules_count = 2;
	for (int i = 0; i < 2; i++) {
		ck_assert_status(
			token_keys_new(r, &want, &keys, NULL), LETHE_OK);
		ck_assert_int_eq(token_is_same(keys, 0, 0), !i);
		ck_assert(token_is_same(keys, 1, 0));
		ck_assert_int_eq(token_epoch_end(keys, 0), 3000);
		token_keys_free(keys);
		r->rules[0].digest[0] = 1;
	}
	ring_free(r);
}
END_TEST

/* More days than are remembered, over and over, in no order. */
START_TEST(remembers_the_right_day)
{
	struct ring *r = ring_of(2, 1, 1);
	struct ring_want_class class = {.name = slice_of("c1")};
	const uint32_t zero = 0;
	struct ring_want_domain domain = {slice_of("d1"), &zero, 1};
	struct ring_want want = {&class, 1, &domain, 1};
	struct token_of of = {
		.prefix = slice_of("s"), .inner = slice_of("jane")};
	struct token_days *days, *fresh;
	char text[TOKEN_TEXT_MAX], again[TOKEN_TEXT_MAX];
	struct token_keys *keys;
	size_t len;

	memset(r->opened, true, 2);
	r->epochs[0] = (struct ring_epoch){.number = 1, .domain = 1};
	ck_assert_status(token_keys_new(r, &want, &keys, NULL), LETHE_OK);
	ck_assert_status(token_days_new(&days, NULL), LETHE_OK);
	token_days_begin(days, 1);
	for (uint32_t i = 0; i < 5000; i++) {
		of.epoch = i & 1;
		of.day = (int32_t)(i * 2654435761u % 200) - 100;
		len = token_make(keys, days, &of, text);
		ck_assert_status(token_days_new(&fresh, NULL), LETHE_OK);
		token_days_begin(fresh, 2);
		ck_assert_uint_eq(token_make(keys, fresh, &of, again), len);
		ck_assert_mem_eq(text, again, len);
		token_days_free(fresh);
	}
	token_days_free(days);
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

/* A process that may lock so many pages; a child's memory is not locked yet. */
static int
keys_within(long pages, const struct ring *r, const struct ring_want *want)
{
	rlim_t bytes = (rlim_t)(pages * sysconf(_SC_PAGESIZE));
	const struct rlimit some = {bytes, bytes};
	struct token_keys *keys;
	enum lethe_status status;
	pid_t child = fork();
	int end;

	ck_assert_int_ge(child, 0);
	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		if (setrlimit(RLIMIT_MEMLOCK, &some) ||
			(!geteuid() && setuid(65534)))
			_exit(77);
		status = token_keys_new(r, want, &keys, NULL);
		_exit(status && (status != LETHE_ENOMEM || keys));
	}
	ck_assert_int_eq(waitpid(child, &end, 0), child);
	return WIFEXITED(end) ? WEXITSTATUS(end) : -WTERMSIG(end);
}

START_TEST(fails_where_memory_can_be_locked_for_some_epochs_alone)
{
	struct ring *r = ring_of(2, 1, 1);
	struct ring_want_class class = {.name = slice_of("c1")};
	const uint32_t zero = 0;
	struct ring_want_domain domain = {slice_of("d1"), &zero, 1};
	struct ring_want want = {&class, 1, &domain, 1};

	memset(r->opened, true, 2);
	r->epochs[0] = (struct ring_epoch){.number = 1, .domain = 1};
	for (long pages = 0; pages < 4; pages++)
		ck_assert_int_eq(keys_within(pages, r, &want), 0);
	ring_free(r);
}
END_TEST

SUITE("token", TEST(agrees_with_the_shared_vectors),
	TEST(agrees_with_a_second_implementation), TEST(agrees_on_fingerprints),
	ROWS(takes_the_last_epoch_that_is_active, instants),
	ROWS(knows_what_overlaps, overlaps),
	TEST(tells_one_set_of_rules_from_another),
	TEST(remembers_the_right_day), TEST(has_no_epoch_where_none_was_opened),
	TEST(fails_where_memory_can_be_locked_for_some_epochs_alone))
