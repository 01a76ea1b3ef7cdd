/*
 * How long records took: from the append of their raw event, as the broker
 * noted it, to their arrival at a read_committed consumer, by the clock of
 * this machine, which is the broker's too.
 *
 *   watch BROKERS TOPIC value|timestamp WARM_S
 *
 *   value       the raw append time stands in the record's value, as the member
 *               `appended`
 *   timestamp   it is the record's own timestamp
 *
 * Runs until SIGTERM, then one line of JSON.  Records of raw events that were
 * appended within WARM_S seconds of the start, or before, do not count.
 */

#include "base/clock.h"
#include "kafka/wire/tap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS_MAX 60000
#define MEMBER "\"appended\":"

static volatile sig_atomic_t stopped;

struct watch {
	int64_t from_ms;
	uint64_t taken[MS_MAX + 1]; /* records by milliseconds */
	uint64_t count;
};

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "watch: %s\n", what);
	exit(1);
}

/* The raw append time in a record's value, or -1. */
static int64_t
time_in(struct slice value)
{
	const char *at =
		memmem(value.ptr, value.len, MEMBER, sizeof(MEMBER) - 1);
	const char *end = (const char *)value.ptr + value.len;
	int64_t ms = 0;

	if (!at)
		return -1;
	for (at += sizeof(MEMBER) - 1; at < end && *at >= '0' && *at <= '9';
		at++)
		ms = ms * 10 + (*at - '0');
	return ms;
}

static void
note(struct watch *w, int64_t raw_ms)
{
	int64_t took = clock_now_ms() - raw_ms;

	if (raw_ms < w->from_ms)
		return;
	w->count++;
	w->taken[took < 0 ? 0 : took > MS_MAX ? MS_MAX : took]++;
}

/* The least time that so large a share of the records took at most. */
static int
quantile(const struct watch *w, double share)
{
	uint64_t seen = 0, wanted = (uint64_t)(share * (double)w->count);

	for (int ms = 0; ms <= MS_MAX; ms++) {
		seen += w->taken[ms];
		if (seen && seen >= wanted)
			return ms;
	}
	return MS_MAX;
}

int
main(int argc, char **argv)
{
	static struct watch w;
	const char *topics[] = {argc > 2 ? argv[2] : NULL, NULL};
	struct lethe_error err;
	struct tap_message m;
	struct tap *tap;
	bool in_value;

	if (argc != 5)
		give_up("usage: BROKERS TOPIC value|timestamp WARM_S");
	signal(SIGTERM, on_signal);
	in_value = !strcmp(argv[3], "value");
	w.from_ms = clock_now_ms() + strtol(argv[4], NULL, 10) * 1000;
	if (tap_open(argv[1], topics, &tap, &err))
		give_up(err.what);
	while (!stopped)
		if (tap_next(tap, 100, &m))
			note(&w, in_value ? time_in(m.value) : m.time_ms);
	printf("{\"count\":%llu,\"p50\":%d,\"p99\":%d,\"p999\":%d,\"max\":%d}"
	       "\n",
		(unsigned long long)w.count, quantile(&w, 0.5),
		quantile(&w, 0.99), quantile(&w, 0.999), quantile(&w, 1));
	fflush(stdout);
	tap_close(tap);
	return 0;
}
