#include "cli/filter/tally.h"

#include "base/error.h"
#include "event/writer.h"
#include "policy/policy.h"

#include <inttypes.h>

enum lethe_status
tally_init(struct tally *t, const struct lethe_policy *policy,
	uint64_t purposes, struct lethe_error *err)
{
	*t = (struct tally){.policy = policy, .shown = purposes};
	t->purposes = calloc(policy->purpose_count + 1, sizeof(*t->purposes));
	t->misfits = calloc(policy->purpose_count * policy->field_count + 1,
		sizeof(*t->misfits));
	if (!t->purposes || !t->misfits) {
		tally_fini(t);
		return fail(err, LETHE_ENOMEM, 0, "no memory for the summary");
	}
	return LETHE_OK;
}

void
tally_fini(struct tally *t)
{
	free(t->purposes);
	free(t->misfits);
	*t = (struct tally){0};
}

static uint64_t *
misfit_count(const struct tally *t, size_t purpose, size_t field)
{
	return &t->misfits[purpose * t->policy->field_count + field];
}

void
tally_decision(struct tally *t, const struct lethe_decision *d)
{
	if (d->purpose == LETHE_NO_PURPOSE) {
		t->dropped[d->reason]++;
	} else if (lethe_reason_scope(d->reason) != LETHE_SCOPE_FIELD) {
		t->purposes[d->purpose][d->reason]++;
		t->records += d->reason == LETHE_REASON_NONE;
	} else if (d->reason == LETHE_REASON_MISFIT) {
		++*misfit_count(t, d->purpose, d->field);
	}
}

void
tally_poison(struct tally *t, enum lethe_status why)
{
	t->poison[why]++;
}

uint64_t
tally_poison_count(const struct tally *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < LETHE_STATUS_COUNT; i++)
		sum += t->poison[i];
	return sum;
}

static void
print_row(struct buf *out, uint64_t count, const char *name, const char *text)
{
	buf_printf(out, "%12" PRIu64 "  %-24s %s\n", count, name, text);
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void
print_events(const struct tally *t, struct buf *out)
{
	for (size_t i = 0; i < LETHE_STATUS_COUNT; i++)
		if (t->poison[i])
			print_row(out, t->poison[i],
				lethe_status_name((enum lethe_status)i),
				lethe_status_text((enum lethe_status)i));
	for (size_t i = 0; i < LETHE_REASON_COUNT; i++)
		if (t->dropped[i])
			print_row(out, t->dropped[i],
				lethe_reason_name((enum lethe_reason)i),
				lethe_reason_text((enum lethe_reason)i));
}

static void
print_purpose(const struct tally *t, size_t purpose, struct buf *out)
{
	const struct policy_purpose *p = &t->policy->purposes[purpose];

	buf_printf(out, "%s\n", p->name);
	print_row(
		out, t->purposes[purpose][LETHE_REASON_NONE], "sent", p->topic);
	for (size_t i = LETHE_REASON_NONE + 1; i < LETHE_REASON_COUNT; i++)
		if (t->purposes[purpose][i])
			print_row(out, t->purposes[purpose][i],
				lethe_reason_name((enum lethe_reason)i),
				lethe_reason_text((enum lethe_reason)i));
	for (size_t i = 0; i < t->policy->field_count; i++)
		if (*misfit_count(t, purpose, i))
			print_row(out, *misfit_count(t, purpose, i), "misfit",
				t->policy->fields[i].as);
}

static void
print_consent(const struct lethe_ledger_counts *n, struct buf *out)
{
	print_row(out, n->records, "consent", "records of the ledger");
	if (n->malformed)
		print_row(out, n->malformed, "consent malformed",
			"they stop every purpose");
	if (n->strangers)
		print_row(out, n->strangers, "consent strangers",
			"their key is none that an event has");
}

void
tally_print(const struct tally *t, struct buf *out)
{
	uint64_t poison = tally_poison_count(t);

	buf_printf(out,
		"%" PRIu64 " event%s in, %" PRIu64 " record%s out, %" PRIu64
		" poison\n",
		t->events, plural(t->events), t->records, plural(t->records),
		poison);
	if (t->rekeys)
		print_row(out, t->rekeys, "rekey",
			"records that tell a person's new token");
	if (t->objections)
		print_row(out, t->objections, "objection",
			"`lethe run` writes them to the ledger");
	if (t->consent)
		print_consent(t->consent, out);
	print_events(t, out);
	for (size_t i = 0; i < t->policy->purpose_count; i++)
		if (t->shown >> i & 1)
			print_purpose(t, i, out);
}

static void
count_member(struct writer *w, const char *name, uint64_t count)
{
	write_key(w, slice_of(name));
	write_uint(w, count);
}

/* The reasons of `counts` but for `sent`, those that occurred. */
static void
write_reasons(struct writer *w, const uint64_t counts[LETHE_REASON_COUNT])
{
	size_t members = 0;

	for (size_t i = LETHE_REASON_NONE + 1; i < LETHE_REASON_COUNT; i++)
		members += counts[i] != 0;
	write_object(w, members);
	for (size_t i = LETHE_REASON_NONE + 1; i < LETHE_REASON_COUNT; i++)
		if (counts[i])
			count_member(w, lethe_reason_name((enum lethe_reason)i),
				counts[i]);
	write_object_end(w);
}

static void
write_poison(struct writer *w, const struct tally *t)
{
	size_t members = 0;

	for (size_t i = 0; i < LETHE_STATUS_COUNT; i++)
		members += t->poison[i] != 0;
	write_object(w, members);
	for (size_t i = 0; i < LETHE_STATUS_COUNT; i++)
		if (t->poison[i])
			count_member(w, lethe_status_name((enum lethe_status)i),
				t->poison[i]);
	write_object_end(w);
}

/* One field may stand there twice under one name: they count together. */
static uint64_t
misfits_of_name(const struct tally *t, size_t purpose, size_t field)
{
	const struct policy_field *fields = t->policy->fields;
	uint64_t sum = 0;

	for (size_t i = 0; i < t->policy->field_count; i++) {
		if (strcmp(fields[i].as, fields[field].as))
			continue;
		if (i < field && *misfit_count(t, purpose, i))
			return 0;
		sum += *misfit_count(t, purpose, i);
	}
	return *misfit_count(t, purpose, field) ? sum : 0;
}

static void
write_misfits(struct writer *w, const struct tally *t, size_t purpose)
{
	size_t members = 0;

	for (size_t i = 0; i < t->policy->field_count; i++)
		members += misfits_of_name(t, purpose, i) != 0;
	write_object(w, members);
	for (size_t i = 0; i < t->policy->field_count; i++)
		if (misfits_of_name(t, purpose, i))
			count_member(w, t->policy->fields[i].as,
				misfits_of_name(t, purpose, i));
	write_object_end(w);
}

static void
write_purposes(struct writer *w, const struct tally *t)
{
	write_object(w, (size_t)__builtin_popcountll(t->shown));
	for (size_t i = 0; i < t->policy->purpose_count; i++) {
		if (!(t->shown >> i & 1))
			continue;
		write_key(w, slice_of(t->policy->purposes[i].name));
		write_object(w, 3);
		count_member(w, "sent", t->purposes[i][LETHE_REASON_NONE]);
		write_key(w, slice_of("dropped"));
		write_reasons(w, t->purposes[i]);
		write_key(w, slice_of("misfits"));
		write_misfits(w, t, i);
		write_object_end(w);
	}
	write_object_end(w);
}

static void
write_consent(struct writer *w, const struct lethe_ledger_counts *n)
{
	write_key(w, slice_of("consent"));
	write_object(w, 3);
	count_member(w, "records", n->records);
	count_member(w, "malformed", n->malformed);
	count_member(w, "strangers", n->strangers);
	write_object_end(w);
}

void
tally_print_json(const struct tally *t, struct buf *out)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 5 + (t->rekeys ? 1 : 0) + (t->objections ? 1 : 0) +
				 (t->consent ? 1 : 0));
	count_member(&w, "events", t->events);
	count_member(&w, "records", t->records);
	if (t->rekeys)
		count_member(&w, "rekeys", t->rekeys);
	if (t->objections)
		count_member(&w, "objections", t->objections);
	if (t->consent)
		write_consent(&w, t->consent);
	write_key(&w, slice_of("poison"));
	write_poison(&w, t);
	write_key(&w, slice_of("dropped"));
	write_reasons(&w, t->dropped);
	write_key(&w, slice_of("purposes"));
	write_purposes(&w, t);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}
