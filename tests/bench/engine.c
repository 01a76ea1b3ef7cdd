/*
 * The engine alone on one core: generated events through lethe_process, no
 * Kafka, no files.
 *
 *   engine POLICY RING SECRET json|msgpack|FILE [RUNS [SET]]
 *
 * One line of JSON a run.  Events are made before the clock starts; each run
 * goes over all of them ten times.  `full` takes only events that give a record
 * for every purpose; `mix` takes them as the shop has them; `new` is full
 * events of which each is of another person, so that no token was made before.
 * `overlap` and `overlap_new` are the events of `full` and of `new` while two
 * epochs overlap.
 * FILE has a path with a slash, and an event a line.
 */

#include "lethe.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/sip.h"
#include "engine/view.h"
#include "rotate.h"
#include "synth/synth.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 20000
#define ROUNDS 10
#define SETS 5
#define DAY_MS INT64_C(86400000)
#define SHOPPERS 1000	   /* who come back */
#define STRANGERS 10000000 /* who do not */
#define SEEN 65536	   /* a power of two, well above EVENTS */

struct set {
	uint8_t *bytes;
	size_t *at; /* EVENTS + 1 */
	size_t count, size;
};

struct bench {
	struct lethe_view *view;
	struct lethe_scratch *scratch;
	struct lethe_input input;
	uint64_t records, record_bytes;
	int counter; /* of instructions; -1: the machine has none */
};

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "engine: %s\n", what);
	exit(1);
}

static enum lethe_status
count_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct bench *b = ctx;

	(void)err;
	b->records++;
	b->record_bytes += r->value_len + r->key_len;
	return LETHE_OK;
}

static void
process(struct bench *b, const uint8_t *event, size_t len)
{
	const struct lethe_sink sink = {
		.size = sizeof(sink), .ctx = b, .record = count_record};
	struct lethe_error err;

	b->input.value = event;
	b->input.len = len;
	if (lethe_process(b->view, b->scratch, &b->input, &sink, &err))
		give_up(err.what);
}

/* Whether an event gives `purposes` records. */
static bool
is_full(struct bench *b, struct slice event, size_t purposes)
{
	uint64_t before = b->records;

	process(b, event.ptr, event.len);
	return b->records - before == purposes;
}

/* Whether a person has not been in the set; `seen` has their hashes, 0: none.
 */
static bool
is_new(uint64_t seen[static SEEN], struct slice person)
{
	static const struct sip_seed seed;
	uint64_t hash = sip_hash(&seed, person) | 1;
	size_t i = hash >> 32 & (SEEN - 1);

	for (; seen[i]; i = (i + 1) & (SEEN - 1))
		if (seen[i] == hash)
			return false;
	seen[i] = hash;
	return true;
}

static void
fill(struct bench *b, struct set *set, struct synth_options *options,
	size_t shoppers, size_t purposes)
{
	static uint64_t seen[SEEN]; /* by `new` alone */
	size_t room = (size_t)EVENTS * 3000;
	struct synth_event event;
	struct lethe_error err;
	struct synth *s;

	memset(seen, 0, sizeof(seen));
	options->shoppers = shoppers;
	if (synth_new(options, &s, &err))
		give_up(err.what);
	set->bytes = malloc(room);
	set->at = calloc(EVENTS + 1, sizeof(*set->at));
	if (!set->bytes || !set->at)
		give_up("no memory");
	while (set->count < EVENTS) {
		synth_next(s, INT64_MIN, &event);
		if (purposes && !is_full(b, event.value, purposes))
			continue;
		if (shoppers == STRANGERS && !is_new(seen, event.key))
			continue;
		if (set->size + event.value.len > room)
			give_up("events are larger than thought");
		memcpy(set->bytes + set->size, event.value.ptr,
			event.value.len);
		set->size += event.value.len;
		set->at[++set->count] = set->size;
	}
	synth_free(s);
}

static int
open_counter(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static uint64_t
read_counter(int fd)
{
	uint64_t n = 0;

	if (fd < 0 || read(fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	return n;
}

/* Time this thread really ran: others may be on the core as well. */
static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* By itself, so that a profile can begin and end with it. */
__attribute__((noinline)) static void
measure(struct bench *b, const struct set *set, const char *name)
{
	uint64_t instructions;
	int64_t began_ns;
	double s, events = (double)ROUNDS * (double)set->count;

	b->records = b->record_bytes = 0;
	if (b->counter >= 0) {
		ioctl(b->counter, PERF_EVENT_IOC_RESET, 0);
		ioctl(b->counter, PERF_EVENT_IOC_ENABLE, 0);
	}
	began_ns = cpu_ns();
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < set->count; i++)
			process(b, set->bytes + set->at[i],
				set->at[i + 1] - set->at[i]);
	s = (double)(cpu_ns() - began_ns) / 1e9;
	if (b->counter >= 0)
		ioctl(b->counter, PERF_EVENT_IOC_DISABLE, 0);
	instructions = read_counter(b->counter);
	printf("{\"set\":\"%s\",\"events_s\":%.0f,\"mb_s\":%.1f,"
	       "\"bytes\":%.0f,\"records\":%.3f,\"record_bytes\":%.0f,"
	       "\"instructions\":%.0f}\n",
		name, events / s, (double)set->size * ROUNDS / s / 1e6,
		(double)set->size / (double)set->count,
		(double)b->records / events,
		(double)b->record_bytes / (double)(b->records ? b->records : 1),
		(double)instructions / events);
	fflush(stdout);
}

/* The second epoch of each purpose begins tomorrow. */
static void
rotate(struct bench *b, struct lethe_ring *ring, const char *secret)
{
	struct secret_key *key;
	struct lethe_error err;

	if (secret_key_open(secret, &key, &err))
		give_up(err.what);
	rotate_all(ring->ring, key, b->input.now_ms + DAY_MS,
		b->input.now_ms + 30 * DAY_MS);
	secret_key_free(key);
}

static void
open_view(struct bench *b, char **argv, struct lethe_policy **policy)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_ring *ring;
	struct lethe_error err;

	if (lethe_policy_open(
		    argv[1], b->input.now_ms, NULL, NULL, policy, &err) ||
		lethe_ring_open(argv[2], argv[3], &ring, &err))
		give_up(err.what);
	rotate(b, ring, argv[3]);
	options.policy = *policy;
	options.ring = ring;
	if (lethe_view_new(&options, &b->view, &err) ||
		lethe_scratch_new(1, &b->scratch, &err))
		give_up(err.what);
}

static void
read_lines(struct set *set, const char *path)
{
	struct buf text;
	struct lethe_error err;
	const uint8_t *end;

	buf_init(&text, 0);
	if (file_read(path, SIZE_MAX, &text, &err))
		give_up(err.what);
	set->bytes = malloc(text.len + 1);
	set->at = calloc(text.len + 2, sizeof(*set->at));
	if (!set->bytes || !set->at)
		give_up("no memory");
	for (const uint8_t *p = text.ptr; p < text.ptr + text.len;
		p = end + 1) {
		end = memchr(p, '\n', (size_t)(text.ptr + text.len - p));
		if (!end)
			give_up("the last line does not end");
		memcpy(set->bytes + set->size, p, (size_t)(end - p));
		set->size += (size_t)(end - p);
		set->at[++set->count] = set->size;
	}
	buf_fini(&text);
}

/* Each set that is asked for, so many times in turns. */
static void
measure_generated(struct bench *b, struct synth_options *synth, size_t purposes,
	int runs, const char *only)
{
	static const struct {
		const char *name;
		size_t shoppers;
		bool full, overlap;
	} kinds[SETS] = {{"full", SHOPPERS, true, false},
		{"new", STRANGERS, true, false},
		{"mix", SHOPPERS, false, false},
		{"overlap", SHOPPERS, true, true},
		{"overlap_new", STRANGERS, true, true}};
	int64_t now_ms = b->input.now_ms;
	struct set sets[SETS] = {0};

	for (size_t k = 0; k < SETS; k++)
		if (!only || !strcmp(only, kinds[k].name))
			fill(b, &sets[k], synth, kinds[k].shoppers,
				kinds[k].full ? purposes : 0);
	for (int i = 0; i < runs; i++)
		for (size_t k = 0; k < SETS; k++) {
			/* Each first sight is one in each run. */
			lethe_scratch_settle(b->scratch, false);
			b->input.now_ms =
				now_ms + (kinds[k].overlap ? 2 * DAY_MS : 0);
			if (sets[k].count)
				measure(b, &sets[k], kinds[k].name);
		}
}

int
main(int argc, char **argv)
{
	struct bench b = {.input = {.size = sizeof(b.input)}};
	struct synth_options synth = {.seed = 1, .step_ms = 10};
	struct lethe_policy *policy;
	struct set lines = {0};
	int runs = argc > 5 ? (int)strtol(argv[5], NULL, 10) : 5;

	if (argc < 5)
		give_up("usage: POLICY RING SECRET json|msgpack|FILE "
			"[RUNS [full|new|mix|overlap|overlap_new]]");
	synth.format =
		!strcmp(argv[4], "msgpack") ? FORMAT_MSGPACK : FORMAT_JSON;
	b.input.now_ms = b.input.broker_ms = clock_now_ms();
	synth.start_ms = b.input.now_ms - 3600000;
	open_view(&b, argv, &policy);
	b.counter = open_counter();
	if (!strchr(argv[4], '/')) {
		measure_generated(&b, &synth, lethe_policy_purposes(policy),
			runs, argc > 6 ? argv[6] : NULL);
		return 0;
	}
	read_lines(&lines, argv[4]);
	for (int i = 0; i < runs; i++)
		measure(&b, &lines, "file");
	return 0;
}
