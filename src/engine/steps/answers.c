#include "engine/steps/steps.h"

static const struct answer unusable = {
	.kind = ANSWER_ERROR, .reason = LETHE_REASON_SIGNAL_UNUSABLE};

/* False when the event says two things there. */
static bool
look(const struct work *w, const struct place *at, struct seen *out)
{
	struct capture store;

	*out = (struct seen){.reading = &w->reading};
	if (place_is_ambiguous(w, at))
		return false;
	if (at->is && at->container != SLOT_NONE) {
		out->value = *reading_get(&w->reading, at->container);
		out->first = reading_first(&w->reading, at->slot);
	} else {
		out->value = *place_value(w, at, &store);
	}
	return true;
}

static void
hear(const struct work *w, const struct policy_source *s, struct heard *out)
{
	struct seen seen[1 + SIGNAL_MEMBERS_MAX];
	const struct hearing in = {.rule = &s->rule,
		.seen = seen,
		.now_ms = w->in->now_ms,
		.arena = &w->s->arena};
	bool one = look(w, &s->at[w->input], &seen[0]);

	heard_clear(out);
	for (size_t i = 0; i < s->member_count; i++)
		one &= look(w, &s->members[w->input][i], &seen[1 + i]);
	if (one)
		s->signal->hear(&in, out);
	else
		out->answer = unusable;
}

static struct answer
judge(struct work *w, const struct policy_source *s,
	const struct policy_ask *ask, const struct heard *h)
{
	size_t count = ask->members ? ask->ask.count : 0;
	struct seen *asked = NULL;

	if (count) {
		asked = arena_alloc(&w->s->arena, count * sizeof(*asked));
		if (!asked)
			return unusable;
	}
	for (size_t i = 0; i < count; i++)
		if (!look(w, &ask->members[w->input][i], &asked[i]))
			return unusable;
	return s->signal->judge(h, &ask->ask, asked);
}

/* A source that nobody asks what it needs to be asked says nothing usable. */
static struct answer
answer_ask(struct work *w, const struct policy_purpose *p, size_t source,
	const struct heard *h)
{
	for (size_t i = 0; i < p->ask_count; i++)
		if (p->asks[i].source == source)
			return judge(
				w, &w->policy->sources[source], &p->asks[i], h);
	return unusable;
}

static const struct heard *
heard_of(struct work *w, size_t source)
{
	struct lethe_scratch *s = w->s;
	uint64_t bit = UINT64_C(1) << source;

	if (!(s->heard_bits & bit))
		hear(w, &w->policy->sources[source], &s->heard[source]);
	s->heard_bits |= bit;
	return &s->heard[source];
}

void
work_answers(struct work *w, const struct policy_purpose *p, uint64_t heard,
	struct answer answers[static SOURCES_MAX])
{
	for (size_t i = 0; i < w->policy->source_count; i++) {
		const struct heard *h;

		if (!(heard >> i & 1))
			continue;
		if (w->policy->ledger.is && w->policy->ledger.source == i) {
			answers[i] = ledger_answer_all(w, p);
			continue;
		}
		h = heard_of(w, i);
		answers[i] = h->by_ask ? answer_ask(w, p, i, h) : h->answer;
		answers[i] = work_with_memory(w, p, i, answers[i]);
	}
}

bool
work_objects(struct work *w, size_t source)
{
	const struct policy_source *s = &w->policy->sources[source];
	const struct heard *h = heard_of(w, source);

	if (s->signal->opted_out)
		return s->signal->opted_out(h);
	return !h->by_ask && h->answer.kind == ANSWER_DENY;
}
