#include "base/clock.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "kafka/wire/feed.h"
#include "synth/synth.h"
#include "text/time.h"

#include <time.h>

static const struct option_row option_rows[] = {
	{"seed", "N",
		"the same seed and options give the same events; default 1"},
	{"events", "N", "how many; default: until the reader goes away"},
	{"rate", "N", "events a second; default: as fast as they are taken"},
	{"format", "json|msgpack", "one event a line, or a MessagePack stream"},
	{"poison", "SHARE", "share of broken events, 0 to 1; default 0"},
	{"shoppers", "N", "how many people there are; default 1000"},
	{"tastes", "N",
		"kinds of items: each shopper likes two, and comes at an hour "
		"of his own; default: all like the same at all hours"},
	{"step", "TIME",
		"event time from one event to the next, on average, as 60s; "
		"default 10ms; not with --rate"},
	{"start", "TIME",
		"time of the first event; default: so that the last is of now"},
	{"to-topic", "TOPIC", "to a topic, keyed by shopper; with --brokers"},
	{"brokers", "HOST:PORT,...", "where that topic is; goes over --config"},
	{"config", "FILE",
		"settings whose `kafka` says where, and how to log in"},
	{NULL, NULL, NULL}};

#define FLUSH_MS 60000
#define STEP_MS 10 /* between events where nothing else is said */
#define STEP_MAX_MS 86400000

struct gen {
	struct synth_options synth;
	uint64_t events;   /* UINT64_MAX: no end */
	uint64_t rate;	   /* 0: no limit */
	bool live;	   /* events are of the time they are made at */
	const char *topic; /* NULL: standard output */
	const char *brokers;
	struct settings *settings; /* or NULL */
	struct feed *feed;
	struct buf out;
};

static bool
read_step(const struct options *o, struct gen *g)
{
	const char *text = option_get(o, "step");

	g->synth.step_ms = STEP_MS;
	if (g->rate)
		g->synth.step_ms = g->rate < 1000 ? 1000 / (int64_t)g->rate : 1;
	if (!text)
		return true;
	if (!g->rate && duration_parse(slice_of(text), &g->synth.step_ms) &&
		g->synth.step_ms >= 1 && g->synth.step_ms <= STEP_MAX_MS)
		return true;
	(void)usage_error(o->command,
		"--step is a length such as 60s, of a day at most, without "
		"--rate");
	return false;
}

/* Reads the options.  False: usage, explained. */
static bool
read_options(const struct options *o, struct gen *g)
{
	static const char *const formats[] = {"json", "msgpack", NULL};
	uint64_t shoppers = 1000, tastes = 0;
	size_t format = 0;

	*g = (struct gen){.events = UINT64_MAX, .synth = {.seed = 1}};
	g->synth.start_ms = INT64_MIN;
	buf_init(&g->out, 0);
	if (!option_count(o, "seed", 0, UINT64_MAX, &g->synth.seed) ||
		!option_count(o, "events", 0, UINT64_MAX - 1, &g->events) ||
		!option_count(o, "rate", 1, 10000000, &g->rate) ||
		!option_choice(o, "format", formats, &format) ||
		!option_number(o, "poison", 0, 1, &g->synth.poison) ||
		!option_count(o, "shoppers", 1, 1000000000, &shoppers) ||
		!option_count(o, "tastes", 1, SYNTH_TASTES_MAX, &tastes) ||
		!option_time(o, "start", &g->synth.start_ms))
		return false;
	g->synth.format = format ? FORMAT_MSGPACK : FORMAT_JSON;
	g->synth.shoppers = (size_t)shoppers;
	g->synth.tastes = (size_t)tastes;
	return read_step(o, g);
}

/* Where no start is stated, the events end now, or go along with the clock. */
static void
choose_start(struct gen *g)
{
	int64_t now_ms = clock_now_ms();

	if (g->synth.start_ms != INT64_MIN)
		return;
	g->live = g->rate || g->events == UINT64_MAX;
	g->synth.start_ms = now_ms;
	if (!g->live && g->events < (uint64_t)(now_ms / g->synth.step_ms))
		g->synth.start_ms -= (int64_t)g->events * g->synth.step_ms;
}

/* Sleeps until event number `i` is due. */
static void
wait_for(const struct gen *g, int64_t begin_ns, uint64_t i)
{
	int64_t due_ns =
		begin_ns + (int64_t)((double)i * 1e9 / (double)g->rate);
	int64_t left_ns = due_ns - clock_monotonic_ns();
	struct timespec t = {left_ns / 1000000000, left_ns % 1000000000};

	if (left_ns > 0)
		nanosleep(&t, NULL);
}

static enum lethe_status
put_event(
	struct gen *g, const struct synth_event *event, struct lethe_error *err)
{
	if (g->feed)
		return feed_send(
			g->feed, event->key, event->value, event->time_ms, err);
	buf_put_slice(&g->out, event->value);
	if (g->synth.format == FORMAT_JSON)
		buf_put_byte(&g->out, '\n');
	return output_flush(&g->out, false, err);
}

static enum lethe_status
put_rest(struct gen *g, struct lethe_error *err)
{
	if (g->feed)
		return feed_flush(g->feed, FLUSH_MS, err);
	return output_flush(&g->out, true, err);
}

static enum lethe_status
generate(struct gen *g, struct synth *s, struct lethe_error *err)
{
	int64_t begin_ns = clock_monotonic_ns();
	enum lethe_status status = LETHE_OK;
	struct synth_event event;

	for (uint64_t i = 0; !status && i < g->events; i++) {
		if (g->rate && i % 16 == 0) {
			if (!g->feed)
				status = put_rest(g, err);
			if (status)
				break;
			wait_for(g, begin_ns, i);
		}
		synth_next(s, g->live ? clock_now_ms() : INT64_MIN, &event);
		status = put_event(g, &event, err);
	}
	return status ? status : put_rest(g, err);
}

static enum lethe_status
open_feed(struct gen *g, struct lethe_error *err)
{
	struct feed_options options = {
		.brokers = g->brokers, .topic = g->topic};

	if (!g->topic)
		return LETHE_OK;
	if (g->settings) {
		options.props = g->settings->kafka;
		options.prop_count = g->settings->kafka_count;
		if (client_secrets_load(
			    g->settings->kafka, g->settings->kafka_count, err))
			return err->status;
	}
	return feed_open(&options, &g->feed, err);
}

static int
choose_topic(const struct options *o, struct gen *g)
{
	g->topic = option_get(o, "to-topic");
	g->brokers = option_get(o, "brokers");
	if (!g->topic && (g->brokers || option_has(o, "config")))
		return usage_error(o->command,
			"--to-topic is needed with --brokers or --config");
	if (!g->topic)
		return EXIT_YES;
	if (option_has(o, "config")) {
		int code = load_settings(
			o, option_get(o, "config"), false, &g->settings);

		if (code)
			return code;
	}
	if (!g->brokers && g->settings)
		g->brokers = settings_brokers(g->settings);
	if (!g->brokers || !*g->brokers)
		return usage_error(o->command,
			"--brokers is needed, or a --config that names them");
	return EXIT_YES;
}

static int
run(int argc, char **argv)
{
	struct lethe_error err = {0};
	struct synth *s = NULL;
	struct options o;
	struct gen g;
	int code;

	if (!options_parse(&cmd_gen, argc, argv, 0, 0, &o, &code))
		return code;
	if (!read_options(&o, &g))
		return EXIT_USAGE;
	code = choose_topic(&o, &g);
	choose_start(&g);
	if (!code && (open_feed(&g, &err) || synth_new(&g.synth, &s, &err) ||
			     generate(&g, s, &err)))
		code = !g.topic && output_reader_gone() ? EXIT_YES
							: report(&err);
	synth_free(s);
	feed_close(g.feed);
	settings_free(g.settings);
	buf_fini(&g.out);
	return code;
}

const struct command cmd_gen = {
	.words = "gen",
	.synopsis =
		"[--seed N] [--events N] [--rate N] [--format json|msgpack] "
		"[--poison SHARE] [--shoppers N] [--tastes N] [--step TIME] "
		"[--start TIME] [--to-topic "
		"TOPIC --brokers LIST | --config FILE]",
	.summary = "synthetic shoppers' events, for trials and tests",
	.about = "Writes Segment-shaped events of one to two kilobytes: visits "
		 "of shoppers who look at things, put some into the cart and "
		 "buy a few; most agree to everything, some to part of it, "
		 "some object.  Every text that must not leave under the "
		 "example policy holds the mark cAnArY and a number, so that a "
		 "leak can be searched for.\n\n"
		 "Broken events (--poison) are cut short, doubly keyed, not "
		 "UTF-8, too deep and so on.  In MessagePack their end stays "
		 "knowable, so that the stream goes on behind them.",
	.options = option_rows,
	.examples = "lethe gen --events 3\n"
		    "lethe gen --events 100000 --seed 7 --poison 0.01 > "
		    "events.ndjson\n"
		    "lethe gen --events 1000 | lethe filter --config "
		    "shop/lethe.yaml",
	.run = run,
};
