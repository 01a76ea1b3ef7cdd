/*
 * A consent topic of so many subjects, a grant for two purposes each, a day
 * old; or so many events of them, drawn at random.  As fast as they are taken.
 *
 *   tell BROKERS TOPIC SUBJECTS [EVENTS]
 *
 * One line of JSON.
 */

#include "act.h"

#include "kafka/wire/feed.h"

#include <stdlib.h>

#define DAY INT64_C(86400000)

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "tell: %s\n", what);
	exit(1);
}

static void
put(struct feed *f, const char *key, const char *value, int len)
{
	struct lethe_error err = {0};

	if (feed_send(f, slice_of(key), slice_make(value, (size_t)len),
		    clock_now_ms(), &err))
		give_up(err.what);
}

static void
put_words(struct feed *f, uint64_t subjects)
{
	char at[TIME_TEXT_BYTES + 1] = "", key[ACT_KEY_BYTES], text[512];
	int len;

	at[time_format(clock_now_ms() - DAY, GRAIN_SECOND, at)] = '\0';
	len = snprintf(text, sizeof(text),
		"{\"v\":1,\"purposes\":{\"recommendations\":{\"state\":"
		"\"given\",\"at\":\"%s\"},\"analytics\":{\"state\":\"given\","
		"\"at\":\"%s\"}},\"source\":\"cmp\"}",
		at, at);
	for (uint64_t n = 0; n < subjects; n++) {
		(void)snprintf(key, sizeof(key), "user:u%08" PRIu64, n);
		put(f, key, text, len);
	}
}

static void
put_events(struct feed *f, uint64_t subjects, uint64_t events)
{
	uint64_t state = 88172645463325252u;
	char key[ACT_KEY_BYTES], text[ACT_BYTES];

	for (uint64_t i = 0; i < events; i++) {
		int len =
			act_event(0, i, act_draw(&state) % subjects, key, text);

		put(f, key, text, len);
	}
}

int
main(int argc, char **argv)
{
	const struct client_property more[] = {
		{.name = "queue.buffering.max.messages", .value = "200000"},
		{.name = "linger.ms", .value = "20"},
	};
	uint64_t subjects = argc >= 4 ? strtoull(argv[3], NULL, 10) : 0;
	uint64_t events = argc == 5 ? strtoull(argv[4], NULL, 10) : 0;
	struct feed_options options = {NULL, NULL, more, 2};
	int64_t began = clock_monotonic_ns();
	struct lethe_error err = {0};
	struct feed *f;

	if (!subjects || argc > 5)
		give_up("usage: BROKERS TOPIC SUBJECTS [EVENTS]");
	options.brokers = argv[1];
	options.topic = argv[2];
	if (feed_open(&options, &f, &err))
		give_up(err.what);
	if (events)
		put_events(f, subjects, events);
	else
		put_words(f, subjects);
	if (feed_flush(f, 60000, &err))
		give_up(err.what);
	printf("{\"messages\":%" PRIu64 ",\"seconds\":%.3f}\n",
		events ? events : subjects,
		(double)(clock_monotonic_ns() - began) / 1e9);
	feed_close(f);
	return 0;
}
