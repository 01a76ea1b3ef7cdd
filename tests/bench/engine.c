/*
 * The engine alone on one core: generated events through lethe_process, no
 * Kafka, no files.
 *
 *   bench_engine POLICY RING SECRET [json|msgpack] [RUNS]
 *
 * One line of JSON a run.  Events are made before the clock starts; each run
 * goes over all of them.  `full` takes only events that give a record for every
 * purpose; `mix` takes them as the shop has them; `new` is full events of which
 * each is of another person, so that no token was made before.
 */

#include "lethe.h"

#include "base/clock.h"
#include "base/sip.h"
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
#define SHOPPERS 1000	   /* who come back */
#define STRANGERS 10000000 /* who do not */

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
	fprintf(stderr, "bench_engine: %s\n", what);
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

/* Whether a person has not been in the set; `seen` has their hashes. */
static bool
is_new(uint64_t *seen, size_t count, struct slice person)
{
	static const struct sip_seed seed;

	seen[count] = sip_hash(&seed, person);
	for (size_t i = 0; i < count; i++)
		if (seen[i] == seen[count])
			return false;
	return true;
}

static void
fill(struct bench *b, struct set *set, struct synth_options *options,
	size_t shoppers, size_t purposes)
{
	static uint64_t seen[EVENTS];
	size_t room = (size_t)EVENTS * 3000;
	struct synth_event event;
	struct lethe_error err;
	struct synth *s;

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
		if (shoppers == STRANGERS &&
			!is_new(seen, set->count, event.key))
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

static void
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
	options.policy = *policy;
	options.ring = ring;
	if (lethe_view_new(&options, &b->view, &err) ||
		lethe_scratch_new(1, &b->scratch, &err))
		give_up(err.what);
}

int
main(int argc, char **argv)
{
	struct bench b = {.input = {.size = sizeof(b.input)}};
	struct synth_options synth = {.seed = 1, .step_ms = 10};
	struct lethe_policy *policy;
	struct set full = {0}, mix = {0}, new = {0};
	size_t purposes;
	int runs = argc > 5 ? (int)strtol(argv[5], NULL, 10) : 5;

	if (argc < 4)
		give_up("usage: POLICY RING SECRET [json|msgpack] [RUNS]");
	synth.format = argc > 4 && !strcmp(argv[4], "msgpack") ? FORMAT_MSGPACK
							       : FORMAT_JSON;
	b.input.now_ms = b.input.broker_ms = clock_now_ms();
	synth.start_ms = b.input.now_ms - 3600000;
	open_view(&b, argv, &policy);
	purposes = lethe_policy_purposes(policy);
	fill(&b, &full, &synth, SHOPPERS, purposes);
	fill(&b, &new, &synth, STRANGERS, purposes);
	fill(&b, &mix, &synth, SHOPPERS, 0);
	b.counter = open_counter();
	for (int i = 0; i < runs; i++) {
		measure(&b, &full, "full");
		measure(&b, &new, "new");
		measure(&b, &mix, "mix");
	}
	return 0;
}
