#include "kit.h"

#include "counted_alloc.h"
#include "synth/synth.h"

/* No allocation per event once warm, shown by counting. */

#define WARM 1000
#define EVENTS 10000

struct counted {
	size_t records, decisions, failures;
};

static enum lethe_status
count_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct counted *c = ctx;

	(void)r;
	(void)err;
	c->records++;
	return LETHE_OK;
}

static void
count_decision(void *ctx, const struct lethe_decision *d)
{
	struct counted *c = ctx;

	(void)d;
	c->decisions++;
}

static const enum event_format formats[] = {FORMAT_JSON, FORMAT_MSGPACK};

/* Copies of the events, for the generator may allocate. */
static struct buf *
make_events(enum event_format format)
{
	struct synth_options options = {.seed = 7,
		.shoppers = 500,
		.poison = 0.01,
		.start_ms = KIT_NOW - 3600 * 1000,
		.step_ms = 10,
		.format = format};
	struct buf *events = calloc(EVENTS, sizeof(*events));
	struct synth *s;

	ck_assert_ptr_nonnull(events);
	ck_assert_status(synth_new(&options, &s, NULL), LETHE_OK);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		buf_put_slice(&events[i], e.value);
	}
	synth_free(s);
	return events;
}

static void
run(struct kit *k, const struct buf *events, size_t count, struct counted *c)
{
	struct lethe_sink sink = {.size = sizeof(sink),
		.ctx = c,
		.record = count_record,
		.decision = count_decision};

	for (size_t i = 0; i < count; i++) {
		enum lethe_status status;

		k->input.value = events[i].ptr;
		k->input.len = events[i].len;
		status = lethe_process(
			k->view, k->scratch, &k->input, &sink, &k->err);
		/* an assertion of Check allocates */
		if (lethe_status_class(status) > LETHE_CLASS_POISON)
			c->failures++;
	}
}

START_TEST(a_warm_engine_does_not_allocate)
{
	struct buf *events = make_events(formats[_i]);
	struct counted c = {0};
	size_t before;
	struct kit k;

	kit_init_file(&k, "config/policy.example.yaml");
	run(&k, events, WARM, &c);
	c = (struct counted){0};
	before = allocations;
	run(&k, events, EVENTS, &c);
	ck_assert_uint_eq(allocations - before, 0);
	ck_assert_uint_eq(c.failures, 0);
	ck_assert_uint_gt(before, 100);
	ck_assert_uint_gt(c.records, EVENTS / 2);
	ck_assert_uint_gt(c.decisions, EVENTS);
	kit_fini(&k);
	for (size_t i = 0; i < EVENTS; i++)
		buf_fini(&events[i]);
	free(events);
}
END_TEST

SUITE("no_alloc", ROWS(a_warm_engine_does_not_allocate, formats))
