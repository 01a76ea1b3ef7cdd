#include "cli/doctor/doctor.h"

#include "base/clock.h"
#include "base/sip.h"
#include "crypto/secret.h"

#include <inttypes.h>
#include <stdlib.h>

#define SEEN_MAX 16384
#define AHEAD_MS 1000

/* One record that an event would give: of whom, told as a hash. */
struct seen {
	const struct doctor_topic *topic;
	size_t purpose;
	uint64_t who, key;
	int32_t partition;
};

struct doctor_events {
	struct lethe_scratch *scratch;
	struct sip_seed seed;
	struct seen *seen;
	size_t seen_count;
	struct seen now; /* the event that is processed */
	size_t events, keyed, timed;
	int64_t ahead_ms; /* of the newest, against our clock */
	bool by_broker;	  /* the one that is furthest ahead */
};

struct doctor_events *
doctor_events_new(void)
{
	struct doctor_events *e = calloc(1, sizeof(*e));
	struct lethe_error err = {0};
	uint64_t seed;

	bug_if(!e);
	random_bytes(&seed, sizeof(seed));
	e->seed = sip_seed(seed);
	e->ahead_ms = INT64_MIN;
	e->seen = calloc(SEEN_MAX, sizeof(*e->seen));
	bug_if(!e->seen || lethe_scratch_new(seed, &e->scratch, &err));
	return e;
}

void
doctor_events_free(struct doctor_events *e)
{
	if (!e)
		return;
	lethe_scratch_free(e->scratch);
	free(e->seen);
	free(e);
}

void
doctor_events_begin(struct doctor *d, const struct doctor_topic *topic)
{
	d->events->now.topic = topic;
}

static enum lethe_status
on_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct doctor_events *e = ctx;

	(void)err;
	if (!r->key || r->kind != LETHE_RECORD_EVENT ||
		e->seen_count == SEEN_MAX)
		return LETHE_OK;
	e->now.purpose = r->purpose;
	e->now.who = sip_hash(&e->seed, slice_make(r->key, r->key_len));
	e->seen[e->seen_count++] = e->now;
	return LETHE_OK;
}

static void
note_time(struct doctor_events *e, const struct trial_message *m, int64_t now)
{
	int64_t ahead = m->time_ms - now;

	if (m->time_ms == LETHE_TIME_NONE)
		return;
	e->timed++;
	if (ahead <= e->ahead_ms)
		return;
	e->ahead_ms = ahead;
	e->by_broker = m->by_broker;
}

void
doctor_events_saw(void *doctor, const struct trial_message *m)
{
	struct doctor *d = doctor;
	struct doctor_events *e = d->events;
	int64_t now = clock_now_ms();
	struct lethe_sink sink = {
		.size = sizeof(sink), .ctx = e, .record = on_record};
	struct lethe_input in = {.size = sizeof(in),
		.value = m->value,
		.len = m->len,
		.format = LETHE_FORMAT_ANY,
		.record_format = LETHE_FORMAT_ANY,
		.channel = e->now.topic->channel,
		.now_ms = now,
		.broker_ms = m->time_ms,
		.key = m->key,
		.key_len = m->key_len};
	struct lethe_error err = {0};

	note_time(e, m, now);
	e->events++;
	e->keyed += m->key && m->key_len;
	e->now.partition = m->partition;
	e->now.key = sip_hash(&e->seed, slice_make(m->key, m->key_len));
	/* What it comes to is for `lethe run` to tell. */
	if (d->l.view && d->l.ring)
		(void)!lethe_process(d->l.view, e->scratch, &in, &sink, &err);
}

void
examine_clock(struct doctor *d)
{
	const struct doctor_events *e = d->events;
	const char *whose = e->by_broker ? "the broker" : "its producer";

	if (!doctor_has_cluster(d))
		return;
	if (!e->timed)
		doctor_found(d, DOCTOR_SKIP, NULL,
			"no event has a time to compare with");
	else if (e->ahead_ms > AHEAD_MS)
		doctor_found(d, e->by_broker ? DOCTOR_FAIL : DOCTOR_WARN,
			"set the clocks by one source (chrony, ntpd)",
			"an event is dated %" PRId64 " s ahead of this "
			"machine's clock, by %s",
			e->ahead_ms / 1000, whose);
	else
		doctor_found(d, DOCTOR_OK, NULL,
			"no event is ahead of it; the newest is %" PRId64
			" s old by %s (whether this clock is ahead, the check "
			"`skew` sees)",
			e->ahead_ms < 0 ? -e->ahead_ms / 1000 : 0, whose);
}

static int
compare(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->topic != y->topic)
		return x->topic < y->topic ? -1 : 1;
	if (x->purpose != y->purpose)
		return x->purpose < y->purpose ? -1 : 1;
	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	return 0;
}

/* The subjects of one purpose, on one topic. */
struct order {
	size_t again;	  /* seen more than once */
	size_t scattered; /* of them: on several partitions */
	size_t renamed;	  /* of them: under several keys */
};

/* One subject's rows; how many they are. */
static size_t
look_at_subject(const struct seen *s, size_t count, struct order *o)
{
	bool scattered = false, renamed = false;
	size_t n = 1;

	for (; n < count && !compare(s, s + n); n++) {
		scattered = scattered || s[n].partition != s->partition;
		renamed = renamed || s[n].key != s->key;
	}
	o->again += n > 1;
	o->scattered += scattered;
	o->renamed += renamed;
	return n;
}

/* Of the purpose that has seen the most subjects again. */
static struct order
order_of(const struct doctor_events *e, const struct doctor_topic *topic)
{
	struct order best = {0}, o = {0};
	size_t i = 0;

	while (i < e->seen_count) {
		const struct seen *s = &e->seen[i];

		if (i && (s[-1].topic != s->topic ||
				 s[-1].purpose != s->purpose))
			o = (struct order){0};
		i += look_at_subject(s, e->seen_count - i, &o);
		if (s->topic == topic && o.again > best.again)
			best = o;
	}
	return best;
}

static void
tell_order(struct doctor *d, const struct doctor_topic *t)
{
	const struct doctor_events *e = d->events;
	struct order o = order_of(e, t);
	static const char *const remedy =
		"let the producers key each event by its person, so that all "
		"of one person's lie in one partition";

	if (o.scattered)
		doctor_found(d, DOCTOR_WARN, remedy,
			"%s: of %zu subjects seen again, %zu are on several "
			"partitions: their order does not hold",
			t->name, o.again, o.scattered);
	else if (o.renamed && t->partitions > 1)
		doctor_found(d, DOCTOR_WARN, remedy,
			"%s: of %zu subjects seen again, %zu come under "
			"several keys: their order holds by chance",
			t->name, o.again, o.renamed);
	else if (o.again)
		doctor_found(d, DOCTOR_OK, NULL,
			"%s: %zu subjects were seen again, each under one key "
			"on one partition",
			t->name, o.again);
	else
		doctor_found(d, DOCTOR_SKIP, NULL,
			"%s: no subject was seen more than once", t->name);
}

void
examine_order(struct doctor *d)
{
	struct doctor_events *e = d->events;

	if (!doctor_has_cluster(d))
		return;
	if (!e->events || !d->l.ring) {
		doctor_found(d, DOCTOR_SKIP, NULL, "there %s to look at",
			d->l.ring ? "are no events" : "is no ring");
		return;
	}
	qsort(e->seen, e->seen_count, sizeof(*e->seen), compare);
	if (e->keyed < e->events)
		doctor_found(d, DOCTOR_WARN,
			"let the producers key each event by its person",
			"%zu of the newest %zu events have no key",
			e->events - e->keyed, e->events);
	for (size_t i = 0; i < d->input_count; i++)
		if (d->inputs[i].readable)
			tell_order(d, &d->inputs[i]);
}
