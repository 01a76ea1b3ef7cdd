#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/demo/check.h"
#include "cli/demo/plant.h"
#include "cli/demo/summary.h"
#include "cli/demo/view.h"
#include "cli/demo/watch.h"
#include "cli/options.h"
#include "crypto/secret.h"
#include "kafka/wire/feed.h"
#include "synth/synth.h"

#include <inttypes.h>
#include <signal.h>
#include <time.h>

static const struct option_row option_rows[] = {
	{"events", "N", "end after this many; default: on Ctrl-C"},
	{"rate", "N",
		"events a second; default: 500 on a terminal, else what the "
		"mock takes"},
	{"seed", "N", "the same seed gives the same shoppers; default 1"},
	{"poison", "SHARE", "share of broken events, 0 to 1; default 0.005"},
	{"shoppers", "N", "how many people there are; default 1000"},
	{"lanes", "N", "how many lanes work at a time; default 2"},
	{NULL, NULL, NULL}};

#define TICK_MS 10
#define DRAW_MS 200
#define LINE_MS 1000
#define SAMPLE_MS 2500
#define START_MS 60000
#define DRAIN_MS 20000
/* The mock keeps 5 MiB a partition: never this many raw bytes ahead. */
#define AHEAD_BYTES ((uint64_t)2 << 20)
#define AHEAD_RECORDS 20000

struct demo {
	uint64_t events; /* UINT64_MAX: no end */
	uint64_t rate;	 /* 0: as fast as it goes */
	uint64_t lanes;
	struct synth_options synth_options;
	struct plant plant;
	struct client_property props[3]; /* the job borrows them */
	struct job *job;
	struct feed *feed;
	struct synth *synth;
	struct check *check;
	struct watch watch;
	struct view view;
	struct lethe_scratch *scratch;
	struct explanation event;
	bool has_event;
	unsigned samples;
	uint64_t made, made_bytes;
	struct stats stats;
	int64_t begin_ns, draw_ns, sample_ns, rate_ns;
	uint64_t rate_events;
	double lately;
};

static bool
read_options(const struct options *o, struct demo *d)
{
	uint64_t shoppers = 1000;

	d->events = UINT64_MAX;
	d->lanes = 2;
	d->rate = d->view.terminal ? 500 : 0;
	d->synth_options = (struct synth_options){.seed = 1,
		.poison = 0.005,
		.start_ms = clock_now_ms(),
		.step_ms = 1,
		.format = FORMAT_JSON};
	if (!option_count(o, "events", 1, UINT64_MAX - 1, &d->events) ||
		!option_count(o, "rate", 1, 1000000, &d->rate) ||
		!option_count(
			o, "seed", 0, UINT64_MAX, &d->synth_options.seed) ||
		!option_number(o, "poison", 0, 1, &d->synth_options.poison) ||
		!option_count(o, "shoppers", 1, 1000000000, &shoppers) ||
		!option_count(o, "lanes", 1, 16, &d->lanes))
		return false;
	d->synth_options.shoppers = (size_t)shoppers;
	return true;
}

static enum lethe_status
open_job(struct demo *d, struct lethe_error *err)
{
	struct job_options options = {.view = d->plant.view,
		.ring = &d->plant.ring,
		.application = "demo",
		.instance = "demo",
		.group = "demo",
		.lanes = (size_t)d->lanes,
		.start = START_AT_EARLIEST,
		.commit_interval_ms = 100,
		.commit_events = 10000,
		.commit_bytes = 16000000,
		.quarantine_bytes = 900000,
		.props = d->props,
		.prop_count = sizeof(d->props) / sizeof(d->props[0]),
		.observer = &d->watch.observer};
	enum lethe_status status;

	d->props[0] = (struct client_property){.name = "bootstrap.servers",
		.value = mock_brokers(d->plant.mock)};
	d->props[1] = (struct client_property){.name = "fetch.wait.max.ms",
		.value = "10",
		.side = CLIENT_CONSUMER};
	/* A join that the mock answered too late leaves a member behind, and
	 * with it partitions that nobody reads until this has passed. */
	d->props[2] = (struct client_property){.name = "session.timeout.ms",
		.value = "6000",
		.side = CLIENT_CONSUMER};
	status = job_new(&options, &d->job, err);
	return status ? status : job_start(d->job, err);
}

static enum lethe_status
open_all(struct demo *d, struct lethe_error *err)
{
	struct feed_options feed = {0};
	enum lethe_status status;
	uint64_t seed;

	random_bytes(&seed, sizeof(seed));
	status = lethe_scratch_new(seed, &d->scratch, err);
	if (!status)
		status = synth_new(&d->synth_options, &d->synth, err);
	if (!status)
		status = plant_open(&d->plant, err);
	if (status)
		return status;
	feed.brokers = mock_brokers(d->plant.mock);
	feed.topic = lethe_policy_topic(d->plant.policy, 1);
	status = feed_open(&feed, &d->feed, err);
	if (!status)
		status = check_open(
			feed.brokers, d->plant.outputs, &d->check, err);
	if (!status)
		status = open_job(d, err);
	return status;
}

static void
close_all(struct demo *d)
{
	view_fini(&d->view);
	job_free(d->job);
	check_close(d->check);
	feed_close(d->feed);
	if (d->has_event)
		explanation_fini(&d->event);
	plant_close(&d->plant);
	synth_free(d->synth);
	lethe_scratch_free(d->scratch);
	watch_fini(&d->watch);
}

/* The records a consumer has read; the quarantine's are the last. */
static uint64_t
count_read(const struct demo *d)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < d->plant.output_count; i++)
		sum += check_count(d->check, i);
	return sum;
}

static uint64_t
count_written(const struct demo *d)
{
	return d->stats.values[STAT_RECORDS] +
	       d->stats.values[STAT_QUARANTINED];
}

static bool
may_send(const struct demo *d)
{
	uint64_t taken = d->stats.values[STAT_EVENTS], ahead, written, read;

	if (d->made >= d->events)
		return false;
	ahead = d->made > taken ? d->made - taken : 0;
	if (d->made && ahead * (d->made_bytes / d->made + 1) > AHEAD_BYTES)
		return false;
	written = count_written(d);
	read = count_read(d);
	return written < read + AHEAD_RECORDS;
}

/* How many events are due by now. */
static uint64_t
events_due(const struct demo *d)
{
	int64_t passed_ns = clock_monotonic_ns() - d->begin_ns;

	if (!d->rate)
		return d->made + 256;
	return (uint64_t)((double)passed_ns * 1e-9 * (double)d->rate);
}

static enum lethe_status
send_events(struct demo *d, struct lethe_error *err)
{
	uint64_t due = events_due(d);

	while (d->made < due && may_send(d)) {
		struct synth_event e;
		enum lethe_status status;

		synth_next(d->synth, clock_now_ms(), &e);
		status = feed_send(d->feed, e.key, e.value, e.time_ms, err);
		if (status)
			return status;
		d->made++;
		d->made_bytes += e.value.len;
	}
	return LETHE_OK;
}

/*
 * Two of three events shown went to every purpose, the third to some: what
 * was refused is worth a look as well.
 */
static bool
is_telling(struct demo *d, const struct explanation *e)
{
	size_t sent = 0;

	for (size_t i = 0; i < e->purpose_count; i++)
		sent += e->purposes[i].reason == LETHE_REASON_NONE;
	if (!sent)
		return false;
	if (d->view.terminal && d->samples % 3 == 2)
		return sent < e->purpose_count;
	return sent == e->purpose_count;
}

/* Explains the event looked at, if it is worth showing. */
static void
take_sample(struct demo *d)
{
	const struct lethe_input *in = watch_get(&d->watch);
	struct explanation fresh = {0};
	struct lethe_error err = {0};

	if (!in)
		return;
	if (explain(d->plant.view, d->scratch, in, &fresh, &err) ||
		!is_telling(d, &fresh)) {
		explanation_fini(&fresh);
		watch_ask(&d->watch);
		return;
	}
	if (d->has_event)
		explanation_fini(&d->event);
	d->event = fresh;
	d->has_event = true;
	d->samples++;
	atomic_store(&d->watch.state, WATCH_IDLE);
}

static void
measure_rate(struct demo *d, int64_t now_ns)
{
	uint64_t events = d->stats.values[STAT_EVENTS];
	double passed = (double)(now_ns - d->rate_ns) * 1e-9;

	if (passed < 0.9)
		return;
	d->lately = (double)(events - d->rate_events) / passed;
	d->rate_events = events;
	d->rate_ns = now_ns;
}

static void
draw(struct demo *d)
{
	uint64_t records[PURPOSES_MAX] = {0};
	struct view_facts f = {.policy = d->plant.policy,
		.brokers = mock_brokers(d->plant.mock),
		.made = d->made,
		.records = records,
		.canaries = check_canaries(d->check),
		.rate = d->lately,
		.stats = d->stats,
		.event = d->has_event ? &d->event : NULL};

	for (size_t i = 0; i < d->plant.policy->purpose_count; i++)
		records[i] = check_count(d->check, i);
	f.quarantined = check_count(d->check, d->plant.output_count - 1);
	view_draw(&d->view, &f);
}

static void
look(struct demo *d)
{
	int64_t now_ns = clock_monotonic_ns();
	int64_t every_ms = d->view.terminal ? DRAW_MS : LINE_MS;

	job_stats(d->job, &d->stats);
	measure_rate(d, now_ns);
	take_sample(d);
	if (now_ns - d->sample_ns > SAMPLE_MS * INT64_C(1000000)) {
		watch_ask(&d->watch);
		d->sample_ns = now_ns;
	}
	if (now_ns - d->draw_ns > every_ms * INT64_C(1000000)) {
		draw(d);
		d->draw_ns = now_ns;
	}
}

/* Whether Ctrl-C came within a tick. */
static bool
interrupted(const sigset_t *signals)
{
	struct timespec tick = {0, TICK_MS * 1000000L};

	return sigtimedwait(signals, NULL, &tick) > 0;
}

/* Waits until the lanes hold the raw topic's partitions. */
static enum lethe_status
wait_for_assignment(
	struct demo *d, const sigset_t *signals, struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + START_MS * INT64_C(1000000);

	while (d->stats.values[STAT_PARTITIONS] < PLANT_PARTITIONS) {
		if (interrupted(signals)) {
			d->events = 0;
			return LETHE_OK;
		}
		if (job_has_failed(d->job))
			return LETHE_OK;
		if (clock_monotonic_ns() > until)
			return fail(err, LETHE_ETIMEOUT, 0,
				"the lanes got no partitions");
		job_stats(d->job, &d->stats);
	}
	return LETHE_OK;
}

/*
 * Makes events until Ctrl-C, until the last one has been dealt with, or until
 * whoever looks on has gone.
 */
static enum lethe_status
work(struct demo *d, const sigset_t *signals, struct lethe_error *err)
{
	d->begin_ns = d->rate_ns = clock_monotonic_ns();
	d->draw_ns = d->begin_ns;
	while (!job_has_failed(d->job) &&
		d->stats.values[STAT_EVENTS] < d->events) {
		if (interrupted(signals) || ferror(stdout))
			return LETHE_OK;
		if (send_events(d, err))
			return err->status;
		look(d);
	}
	return LETHE_OK;
}

/* Ends the lanes, then reads what they wrote last. */
static enum lethe_status
finish(struct demo *d, struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + DRAIN_MS * INT64_C(1000000);

	job_stop(d->job);
	while (!job_wait(d->job, 100))
		if (clock_monotonic_ns() > until)
			return fail(
				err, LETHE_ETIMEOUT, 0, "the lanes do not end");
	job_stats(d->job, &d->stats);
	while (count_read(d) < count_written(d) && clock_monotonic_ns() < until)
		(void)nanosleep(&(struct timespec){0, 10000000}, NULL);
	return job_result(d->job, err);
}

static int
summarise(struct demo *d)
{
	const struct summary sum = {.plant = &d->plant,
		.check = d->check,
		.stats = &d->stats,
		.event = d->has_event && !d->view.terminal ? &d->event : NULL,
		.read = count_read(d),
		.written = count_written(d)};

	return summary_print(&sum);
}

static void
print_welcome(const struct demo *d)
{
	printf("Kafka (a mock in this process) on %s; look yourself:\n"
	       "  kcat -C -b %s -t %s -o beginning\n\n",
		mock_brokers(d->plant.mock), mock_brokers(d->plant.mock),
		d->plant.outputs[0]);
	fflush(stdout);
}

static int
demo(struct demo *d)
{
	struct lethe_error err = {0};
	enum lethe_status status;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	log_off();
	status = open_all(d, &err);
	if (!status) {
		print_welcome(d);
		status = wait_for_assignment(d, &signals, &err);
	}
	if (!status)
		status = work(d, &signals, &err);
	view_fini(&d->view);
	if (!status)
		status = finish(d, &err);
	if (status && d->job)
		job_stop(d->job);
	while (status && d->job && !job_wait(d->job, 1000))
		continue;
	return status ? report(&err) : summarise(d);
}

static int
run(int argc, char **argv)
{
	struct demo *d;
	struct options o;
	int code;

	if (!options_parse(&cmd_demo, argc, argv, 0, 0, &o, &code))
		return code;
	d = calloc(1, sizeof(*d));
	bug_if(!d);
	view_init(&d->view);
	watch_init(&d->watch);
	code = read_options(&o, d) ? demo(d) : EXIT_USAGE;
	close_all(d);
	free(d);
	return code;
}

const struct command cmd_demo = {
	.words = "demo",
	.synopsis = "[--events N] [--rate N] [--seed N] [--poison SHARE] "
		    "[--shoppers N] [--lanes N]",
	.summary = "everything in one process, to watch",
	.about =
		"Starts a Kafka mock on 127.0.0.1, makes up shoppers, and lets "
		"the code of `lethe run` turn their events into the topics of "
		"the example policy, with keys that end with the process.  On "
		"a terminal it shows one raw event beside what each purpose "
		"got of it, and counts; elsewhere it writes plain lines.\n\n"
		"Every text of the raw events that must not leave holds a "
		"canary.  A consumer reads all outputs back and looks for it; "
		"the last line says what it found.  Ends with 0 when there was "
		"no canary and no message was lost, else with 1.\n\n"
		"A mock is no proof of exactly once: the tests use a real "
		"broker.",
	.options = option_rows,
	.examples = "lethe demo\n"
		    "lethe demo --events 20000\n"
		    "lethe demo --rate 50 --poison 0.1",
	.run = run,
};
