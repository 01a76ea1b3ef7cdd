#include "cli/consent/objection.h"

#include "crypto/secret.h"
#include "engine/ledger.h"

struct slice
objection_key(struct arena *a, const char *source, struct slice subject)
{
	const struct slice parts[] = {slice_of(LEDGER_OBJECTION),
		slice_of(source), slice_of(":"), subject};

	return arena_join(a, parts, sizeof(parts) / sizeof(parts[0]));
}

/* ---- what is asked for */

enum lethe_status
standing_init(
	struct standing *s, struct consent_job *job, struct lethe_error *err)
{
	size_t sources = job->ledger->layout.objection_count;

	*s = (struct standing){.job = job};
	s->objections =
		arena_calloc(&job->arena, sources + 1, sizeof(*s->objections));
	if (!s->objections)
		return fail(err, LETHE_ENOMEM, 0, "no memory for objections");
	for (size_t i = 0; i < job->l.policy->source_count; i++)
		if (job->ledger->remembers >> i & 1)
			s->objections[s->count++].source = i;
	return LETHE_OK;
}

static const char *
name_of(const struct standing *s, const struct objection *o)
{
	return s->job->l.policy->sources[o->source].name;
}

enum lethe_status
standing_ask(const struct standing *s, struct said_batch *batch,
	struct lethe_error *err)
{
	size_t subjects = said_batch_subjects(batch);
	enum lethe_status status = LETHE_OK;
	struct arena a;

	arena_init(&a, 0);
	for (size_t i = 0; !status && i < s->count * subjects; i++) {
		struct slice key = objection_key(&a,
			name_of(s, &s->objections[i / subjects]),
			said_batch_key(batch, i % subjects));

		status = key.ptr ? said_batch_add(batch, key, NULL, err)
				 : fail(err, LETHE_ENOMEM, 0,
					   "no memory for a key");
		arena_reset(&a);
	}
	arena_fini(&a);
	return status;
}

/* ---- what is read */

enum lethe_status
standing_reader_init(struct standing_reader *r, const struct consent_job *job,
	struct lethe_error *err)
{
	enum lethe_status status;
	uint64_t seed;

	*r = (struct standing_reader){0};
	random_bytes(&seed, sizeof(seed));
	arena_init(&r->arena, 0);
	status = said_reader_new(seed, &r->reader, err);
	if (!status)
		status = ledger_decoder_new(
			&job->ledger->layout, seed, &r->decoder, err);
	return status;
}

void
standing_reader_fini(struct standing_reader *r)
{
	said_reader_free(r->reader);
	ledger_decoder_free(r->decoder);
	arena_fini(&r->arena);
}

static enum lethe_status
read_record(const struct standing *s, struct standing_reader *r,
	const struct said_batch *batch, size_t i, struct spoken *out,
	struct lethe_error *err)
{
	size_t count = s->job->ledger->layout.purpose_count;
	enum lethe_status status;
	struct slice value;

	*out = (struct spoken){.readable = true,
		.row = {.kind = LEDGER_ROW_ABSENT, .count = count}};
	out->found = said_batch_record(batch, i, &value, &out->time_ms);
	if (!out->found)
		return LETHE_OK;
	status = said_read(r->reader, value, &r->arena, &out->said, err);
	if (!status)
		status = ledger_decode_of(r->decoder, said_batch_key(batch, i),
			value, &out->row, err);
	if (lethe_status_class(status) != LETHE_CLASS_POISON)
		return status;
	out->readable = false;
	ledger_row_malformed(count, &out->row);
	return LETHE_OK;
}

enum lethe_status
standing_read(struct standing *s, struct standing_reader *r,
	const struct said_batch *batch, size_t subject, size_t subjects,
	struct lethe_error *err)
{
	enum lethe_status status;

	arena_reset(&r->arena);
	status = read_record(s, r, batch, subject, &s->is, err);
	for (size_t i = 0; !status && i < s->count; i++)
		status = read_record(s, r, batch, (i + 1) * subjects + subject,
			&s->objections[i].is, err);
	return status;
}

void
standing_unreadable(struct standing *s)
{
	s->is.readable = false;
	s->is.said = (struct said){0};
	ledger_row_malformed(s->job->ledger->layout.purpose_count, &s->is.row);
}

/* ---- what it comes to */

static struct consent_time
when_of(const struct standing *s)
{
	return (struct consent_time){.event_ms = s->job->now_ms,
		.now_ms = s->job->now_ms,
		.clock_skew_ms = s->job->l.policy->clock_skew_ms};
}

/* The purpose's rule, as far as the ledger can tell of it: of other sources
 * nothing is known, so none of them decides. */
static struct consent_rule
rule_of(const struct standing *s, size_t purpose)
{
	const struct policy_ledger *l = s->job->ledger;
	const struct consent_rule *all =
		&s->job->l.policy->purposes[purpose].rule;
	uint64_t ledger = UINT64_C(1) << l->source;
	uint64_t heard = consent_heard(all) & (l->remembers | ledger);
	/* Asked for its no alone, its silence lets pass what others decide. */
	bool decides = all->basis == BASIS_CONSENT &&
		       (all->decides == l->source || all->also & ledger);

	return (struct consent_rule){
		.basis = decides ? BASIS_CONSENT : BASIS_LEGITIMATE_INTERESTS,
		.decides = l->source,
		.asked = heard & ~(all->objections | all->ignored),
		.objections = heard & all->objections,
		.ignored = heard & all->ignored,
	};
}

enum lethe_reason
standing_why(const struct standing *s, size_t purpose, size_t *source)
{
	const struct consent_rule rule = rule_of(s, purpose);
	const struct consent_time when = when_of(s);
	struct answer answers[SOURCES_MAX] = {0};

	answers[s->job->ledger->source] =
		ledger_row_answer(s->job->l.policy, purpose, &s->is.row, &when);
	for (size_t i = 0; i < s->count; i++)
		answers[s->objections[i].source] = ledger_objection_answer(
			&s->objections[i].is.row, purpose, &when);
	return consent_decide(&rule, answers, &when, source);
}

bool
standing_stops(
	const struct standing *s, const struct objection *o, size_t purpose)
{
	const struct consent_rule rule = rule_of(s, purpose);
	const struct consent_time when = when_of(s);
	uint64_t bit = UINT64_C(1) << o->source;

	switch (ledger_objection_answer(&o->is.row, purpose, &when).kind) {
	case ANSWER_ERROR: return consent_heard(&rule) & bit;
	case ANSWER_DENY: return (rule.asked | rule.objections) & bit;
	case ANSWER_GRANT:
	case ANSWER_SILENT: break;
	}
	return false;
}

int64_t
standing_since(
	const struct standing *s, const struct objection *o, size_t purpose)
{
	const char *name = s->job->l.policy->purposes[purpose].name;
	const struct said_entry *e = said_of(&o->is.said, slice_of(name));

	return e && e->is.has_at ? e->is.at_ms : o->is.time_ms;
}
