#ifndef TRUTH_MODEL_H
#define TRUTH_MODEL_H

/*
 * The rule of docs/policy.md and docs/consent.md once more, as sentences about
 * who says what.  It shares nothing with the code that decides but the names
 * of reasons, as text.
 */

#include "unit/truth/sources.h"

#include <string.h>

/* The part a source has in a purpose. */
enum part {
	DECIDES = 1,
	ASKED = 2,
	ALSO = 4,
	OBJECTS = 8,
	IGNORED = 16,
};

struct voice {
	const char *name; /* of the source */
	unsigned parts;
	const struct saying *says;
};

#define VOICES_MAX 3

/* A cell: who speaks, in the order of the file, and what time it is. */
struct cell {
	struct voice voices[VOICES_MAX];
	size_t count;
	bool interests; /* the basis is legitimate interests */
	int64_t event_ms, now_ms;
};

struct outcome {
	const char *reason; /* "none": sent */
	const char *source; /* or "" */
};

#define SKEW_MS INT64_C(300000)

/* Which day, or second, it is. */
static inline int64_t
floor_to(int64_t ms, int64_t grain)
{
	int64_t over = ms % grain;

	if (over < 0)
		over += grain;
	return ms - over;
}

/* What cannot be used, and why; NULL of what can. */
static inline const char *
flaw(const struct saying *s, int64_t now_ms)
{
	const struct dated *d = s->dated;

	if (d && floor_to(d->told_ms ? d->told_ms : d->since_ms, d->grain_ms) >
			 now_ms)
		return "signal_future";
	switch (s->means) {
	case MALFORMED: return "signal_malformed";
	case WRONG_TYPE: return "signal_wrong_type";
	case UNUSABLE: return "signal_unusable";
	case STALE: return "ledger_stale";
	case YES:
	case NO:
	case SILENT: break;
	}
	return NULL;
}

/* A no that was said after the event happened takes back what was. */
static inline const char *
refusal(const struct saying *s, int64_t event_ms)
{
	const struct dated *d = s->dated;

	return d && !d->judged_alone && d->since_ms > event_ms ? "withdrawn"
							       : "refused";
}

/* Whether a yes covers the event, and still holds; else why not. */
static inline const char *
lapse(const struct saying *s, int64_t event_ms, int64_t now_ms)
{
	const struct dated *d = s->dated;
	int64_t first, last;

	if (!d)
		return NULL;
	/* From the day after it was said, five minutes of skew allowed. */
	first = floor_to(d->since_ms, d->grain_ms) + d->grain_ms;
	if (event_ms < first - SKEW_MS)
		return "not_yet_granted";
	if (d->ends_ms == INT64_MAX)
		return NULL;
	/* To the end of the day before its last. */
	last = floor_to(d->ends_ms, d->grain_ms);
	return event_ms >= last || now_ms >= last ? "consent_expired" : NULL;
}

/* The first of those with a part of whom something is true. */
static inline const struct voice *
first_who(const struct cell *c, unsigned parts, enum means means)
{
	for (size_t i = 0; i < c->count; i++)
		if ((c->voices[i].parts & parts) &&
			c->voices[i].says->means == means)
			return &c->voices[i];
	return NULL;
}

static inline struct outcome
because(const char *reason, const struct voice *v)
{
	return (struct outcome){reason, v->name};
}

static inline struct outcome
model_grants(const struct cell *c)
{
	for (size_t i = 0; i < c->count; i++)
		if ((c->voices[i].parts & DECIDES) &&
			c->voices[i].says->means != YES)
			return because("no_consent", &c->voices[i]);
	for (size_t i = 0; i < c->count; i++)
		if ((c->voices[i].parts & ALSO) &&
			c->voices[i].says->means != YES)
			return because("not_confirmed", &c->voices[i]);
	for (size_t i = 0; i < c->count; i++) {
		const char *why = NULL;

		if (c->voices[i].parts & (DECIDES | ALSO))
			why = lapse(c->voices[i].says, c->event_ms, c->now_ms);
		if (why)
			return because(why, &c->voices[i]);
	}
	return (struct outcome){"none", ""};
}

static inline struct outcome
model(const struct cell *c)
{
	const struct voice *v;

	for (size_t i = 0; i < c->count; i++)
		if (flaw(c->voices[i].says, c->now_ms))
			return because(flaw(c->voices[i].says, c->now_ms),
				&c->voices[i]);
	v = first_who(c, OBJECTS, NO);
	if (v)
		return because("objected", v);
	v = first_who(c, DECIDES | ASKED | ALSO, NO);
	if (v)
		return because(refusal(v->says, c->event_ms), v);
	if (c->interests)
		return (struct outcome){"none", ""};
	return model_grants(c);
}

/* The word for what a text says at a time, which tables are sorted by. */
static inline const char *
word_of(const struct saying *s, int64_t event_ms, int64_t now_ms)
{
	static const char *const words[] = {
		[YES] = "yes", [NO] = "no", [SILENT] = "silent"};
	const char *why = flaw(s, now_ms);

	if (!why && s->means == YES)
		why = lapse(s, event_ms, now_ms);
	return why ? why : words[s->means];
}

#endif
