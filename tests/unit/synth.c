#include "synth/synth.h"

#include "suite.h"

#define START INT64_C(1777889700000)

static struct synth *
make_with(enum event_format format, uint64_t seed, double poison, size_t tastes)
{
	struct synth_options o = {.seed = seed,
		.shoppers = 50,
		.tastes = tastes,
		.poison = poison,
		.start_ms = START,
		.step_ms = 10,
		.format = format};
	struct synth *s;

	ck_assert_status(synth_new(&o, &s, NULL), LETHE_OK);
	return s;
}

static struct synth *
make(enum event_format format, uint64_t seed, double poison)
{
	return make_with(format, seed, poison, 0);
}

static const size_t tastes[] = {0, 1, 12, SYNTH_TASTES_MAX};

START_TEST(gives_the_same_events_for_a_seed)
{
	struct synth *one = make_with(FORMAT_JSON, 7, 0.1, tastes[_i]);
	struct synth *two = make_with(FORMAT_JSON, 7, 0.1, tastes[_i]);
	struct synth *other = make_with(FORMAT_JSON, 8, 0.1, tastes[_i]);
	bool differs = false;

	for (int i = 0; i < 1000; i++) {
		struct synth_event a, b, c;

		synth_next(one, INT64_MIN, &a);
		synth_next(two, INT64_MIN, &b);
		synth_next(other, INT64_MIN, &c);
		ck_assert(slice_equal(a.value, b.value));
		ck_assert(slice_equal(a.key, b.key));
		ck_assert_int_eq(a.time_ms, b.time_ms);
		differs |= !slice_equal(a.value, c.value);
	}
	ck_assert(differs);
	synth_free(one);
	synth_free(two);
	synth_free(other);
}
END_TEST

/* Reads with the limits of the example policy. */
static enum lethe_status
read_event(enum event_format format, struct slice value)
{
	struct limits limits = {
		.bytes = 65536, .depth = 16, .members = 512, .string = 8192};
	enum lethe_status status;
	struct reading reading;
	struct reader *r;
	struct trie *t;

	ck_assert_status(reader_new(1, &r, NULL), LETHE_OK);
	ck_assert_status(trie_new(&t, NULL), LETHE_OK);
	ck_assert_status(trie_seal(t, 0, NULL), LETHE_OK);
	status =
		reader_read(r, t, &limits, format, value, NULL, &reading, NULL);
	trie_free(t);
	reader_free(r);
	return status;
}

static const enum event_format formats[] = {FORMAT_JSON, FORMAT_MSGPACK};

START_TEST(breaks_what_it_says_it_breaks_and_nothing_else)
{
	struct synth *s = make(formats[_i], 3, 0.2);
	int poison = 0;

	for (int i = 0; i < 2000; i++) {
		struct synth_event e;
		enum lethe_status status;

		synth_next(s, INT64_MIN, &e);
		status = read_event(formats[_i], e.value);
		if (e.poison)
			ck_assert_int_eq(
				lethe_status_class(status), LETHE_CLASS_POISON);
		else
			ck_assert_status(status, LETHE_OK);
		poison += e.poison;
	}
	ck_assert_int_gt(poison, 300);
	ck_assert_int_lt(poison, 500);
	synth_free(s);
}
END_TEST

START_TEST(keeps_a_broken_stream_cuttable)
{
	struct synth *s = make(formats[_i], 4, 1);

	for (int i = 0; i < 1000; i++) {
		struct synth_event e;
		size_t len;

		synth_next(s, INT64_MIN, &e);
		if (formats[_i] == FORMAT_JSON) {
			ck_assert_ptr_null(
				memchr(e.value.ptr, '\n', e.value.len));
			continue;
		}
		ck_assert_status(
			msgpack_span(e.value, false, &len, NULL), LETHE_OK);
		ck_assert_uint_eq(len, e.value.len);
	}
	synth_free(s);
}
END_TEST

START_TEST(plants_canaries_in_values_and_keys)
{
	struct synth *s = make(formats[_i], 5, 0);

	for (int i = 0; i < 500; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		ck_assert_uint_ge(e.value.len, 1000);
		ck_assert_uint_le(e.value.len, 4096);
		ck_assert_ptr_nonnull(memmem(e.value.ptr, e.value.len,
			SYNTH_CANARY, strlen(SYNTH_CANARY)));
		ck_assert_ptr_nonnull(memmem(e.key.ptr, e.key.len, SYNTH_CANARY,
			strlen(SYNTH_CANARY)));
	}
	synth_free(s);
}
END_TEST

START_TEST(takes_the_time_it_is_given)
{
	struct synth *s = make(FORMAT_JSON, 6, 0);
	int late = 0;

	for (int i = 0; i < 1000; i++) {
		struct synth_event e;

		synth_next(s, START + i, &e);
		late += e.time_ms != START + i;
	}
	ck_assert_int_lt(late, 20);
	synth_free(s);
}
END_TEST

SUITE("synth", ROWS(gives_the_same_events_for_a_seed, tastes),
	ROWS(breaks_what_it_says_it_breaks_and_nothing_else, formats),
	ROWS(keeps_a_broken_stream_cuttable, formats),
	ROWS(plants_canaries_in_values_and_keys, formats),
	TEST(takes_the_time_it_is_given))
