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

/* Golden cases: a policy, and events for it. */
static const char *const signals[] = {"consent_mode_strings",
	"consent_onetrust", "consent_snowplow", "consent_presets",
	"consent_tcf", "consent_gpp"};

/* Gives each line of a text to the engine. */
static size_t
run_lines(struct kit *k, const struct buf *text, struct counted *c)
{
	struct buf line;
	size_t at = 0, lines = 0;

	for (size_t i = 0; i < text->len; i++) {
		if (text->ptr[i] != '\n')
			continue;
		line = (struct buf){.ptr = text->ptr + at, .len = i - at};
		run(k, &line, 1, c);
		at = i + 1;
		lines++;
	}
	return lines;
}

START_TEST(no_consent_format_allocates)
{
	struct counted c = {0};
	struct buf events;
	char path[128];
	size_t before, lines;
	struct kit k;

	snprintf(
		path, sizeof(path), "tests/golden/%s/policy.yaml", signals[_i]);
	kit_init_file(&k, path);
	snprintf(path, sizeof(path), "tests/golden/%s/in.ndjson", signals[_i]);
	buf_init(&events, 0);
	ck_assert_status(file_read(path, 1 << 20, &events, &k.err), LETHE_OK);
	lines = run_lines(&k, &events, &c);
	ck_assert_uint_gt(lines, 5);
	c = (struct counted){0};
	before = allocations;
	for (size_t i = 0; i < 100; i++)
		run_lines(&k, &events, &c);
	ck_assert_uint_eq(allocations - before, 0);
	ck_assert_uint_eq(c.failures, 0);
	ck_assert_uint_gt(c.records, 100);
	buf_fini(&events);
	kit_fini(&k);
}
END_TEST

static const char *const ledgers[] = {
	"ledger_times", "ledger_user_and_device", "ledger_rows"};

START_TEST(nor_does_the_ledger)
{
	struct counted c = {0};
	struct buf events, records;
	size_t before;
	char path[128];
	struct kit k;

	buf_init(&events, 0);
	buf_init(&records, 0);
	kit_init_file(&k, "tests/golden/policies/ledger.yaml");
	snprintf(path, sizeof(path), "tests/golden/%s/consent.ndjson",
		ledgers[_i]);
	ck_assert_status(file_read(path, 1 << 20, &records, &k.err), LETHE_OK);
	buf_put_byte(&records, 0);
	kit_consent(&k, (const char *)records.ptr);
	snprintf(path, sizeof(path), "tests/golden/%s/in.ndjson", ledgers[_i]);
	ck_assert_status(file_read(path, 1 << 20, &events, &k.err), LETHE_OK);
	ck_assert_uint_gt(run_lines(&k, &events, &c), 5);
	c = (struct counted){0};
	before = allocations;
	for (size_t i = 0; i < 100; i++)
		run_lines(&k, &events, &c);
	ck_assert_uint_eq(allocations - before, 0);
	ck_assert_uint_eq(c.failures, 0);
	ck_assert_uint_gt(c.records, 100);
	buf_fini(&events);
	buf_fini(&records);
	kit_fini(&k);
}
END_TEST

/* Nor in an overlap, in which nobody has been told of yet. */
START_TEST(nor_does_an_overlap)
{
	struct buf *events = make_events(formats[_i]);
	struct counted c = {0};
	size_t before;
	struct kit k;

	kit_init_file(&k, "config/policy.example.yaml");
	kit_rotate(&k, KIT_NOW - 1, KIT_NOW + 1);
	run(&k, events, WARM, &c);
	lethe_scratch_settle(k.scratch, false);
	c = (struct counted){0};
	before = allocations;
	run(&k, events, EVENTS, &c);
	ck_assert_uint_eq(allocations - before, 0);
	ck_assert_uint_eq(c.failures, 0);
	/* Events and rekeys. */
	ck_assert_uint_gt(c.records, EVENTS / 2 + 500);
	kit_fini(&k);
	for (size_t i = 0; i < EVENTS; i++)
		buf_fini(&events[i]);
	free(events);
}
END_TEST

SUITE("no_alloc", ROWS(a_warm_engine_does_not_allocate, formats),
	ROWS(no_consent_format_allocates, signals),
	ROWS(nor_does_the_ledger, ledgers), ROWS(nor_does_an_overlap, formats))
