#include "engine/steps/steps.h"

#include "base/error.h"
#include "consent/ledger/ledger.h"
#include "engine/ledger.h"
#include "event/writer.h"
#include "text/time.h"

/*
 * Behind the commit the ledger has a record within its `max_staleness`; the
 * clocks of the two are read a little apart.  While another's transaction is
 * open that began before it, no reader is shown it: until that one is ended, at
 * the latest by its transaction.timeout.ms, a minute where nobody sets it; or
 * until events wait.  How long it is hidden is counted from when something is,
 * and `max_lag` at most too short.
 */
#define CLOCKS_MS 1000
#define HIDDEN_MS 60000

static int64_t
hidden_ms(const struct policy_ledger *l)
{
	int64_t lag =
		l->max_lag_ms < INT64_MAX / 4 ? l->max_lag_ms : INT64_MAX / 4;

	return 2 * lag > HIDDEN_MS ? 2 * lag : HIDDEN_MS;
}

static int64_t
hold_ms(const struct policy_ledger *l)
{
	return l->max_staleness_ms + CLOCKS_MS + hidden_ms(l);
}

static bool
remembers(const struct work *w, size_t source)
{
	return w->policy->ledger.remembers >> source & 1;
}

/* The key of the record: lethe:objection:SOURCE:CLASS:IDENTIFIER. */
static struct slice
key_of(struct work *w, size_t source, size_t class, struct slice identifier)
{
	const struct slice parts[] = {slice_of(LEDGER_OBJECTION),
		slice_of(w->policy->sources[source].name), slice_of(":"),
		slice_of(w->policy->classes[class].name), slice_of(":"),
		identifier};

	return arena_join(
		&w->s->arena, parts, sizeof(parts) / sizeof(parts[0]));
}

static const struct ledger_row *
row_of(struct work *w, struct slice key)
{
	const struct book *book = work_book(w);
	struct ledger_row *row = &w->s->rows[w->policy->class_count];
	uint8_t name[KEYED_NAME_BYTES];

	row->kind = LEDGER_ROW_STALE;
	row->count = 0;
	if (!book)
		return row;
	ledger_subject(book->keys, key, name);
	book->lookup(book->ctx, name, row);
	return row;
}

struct answer
ledger_objection_answer(const struct ledger_row *row, size_t purpose,
	const struct consent_time *when)
{
	struct answer a = ledger_answer(row, purpose, when);

	if (a.kind == ANSWER_ERROR)
		return signal_fails(a.reason);
	return signal_says(a.kind == ANSWER_DENY ? ANSWER_DENY : ANSWER_SILENT);
}

/* What one row says, added to what those before it did. */
static void
add_row(const struct work *w, const struct ledger_row *row,
	struct remembered *out)
{
	const struct consent_time when = work_when(w);

	for (size_t p = 0; p < w->policy->purpose_count; p++) {
		struct answer a = ledger_objection_answer(row, p, &when);
		uint64_t bit = UINT64_C(1) << p;

		if (a.kind == ANSWER_DENY)
			out->denied |= bit;
		if (a.kind != ANSWER_ERROR)
			continue;
		out->failed |= bit;
		out->why = a.reason;
	}
}

static uint64_t
every_purpose(const struct work *w)
{
	size_t count = w->policy->purpose_count;

	return count ? UINT64_MAX >> (64 - count) : 0;
}

/* What this scratch has written itself counts until the ledger shows it. */
static void
recall_over(const struct work *w, struct slice key, struct remembered *out)
{
	struct recall *recall = w->s->recall;
	uint64_t mark, all = every_purpose(w);

	if (!recall)
		return;
	mark = recall_mark(recall, key);
	if (!recall_has(recall, mark, w->in->now_ms))
		return;
	if ((out->denied & all) == all)
		recall_shown(recall, mark);
	else
		*out = (struct remembered){.denied = all};
}

/* What is known of one source and one class that the event has. */
static struct remembered
ask_class(struct work *w, size_t source, size_t class, struct slice *key)
{
	const struct class_found *found = class_find(w, class);
	struct remembered r = {0};

	*key = key_of(w, source, class, found->normal);
	if (!key->ptr)
		return (struct remembered){.failed = UINT64_MAX,
			.why = LETHE_REASON_SIGNAL_UNUSABLE};
	add_row(w, row_of(w, *key), &r);
	recall_over(w, *key, &r);
	return r;
}

/* Of all classes together; worked out once an event. */
static const struct remembered *
ask_all(struct work *w, size_t source)
{
	struct remembered *all = &w->s->remembered[source];
	uint64_t bit = UINT64_C(1) << source;

	if (w->s->remembered_known & bit)
		return all;
	w->s->remembered_known |= bit;
	*all = (struct remembered){0};
	for (size_t i = 0; i < w->policy->class_count; i++) {
		struct remembered one = {0};
		struct slice key;

		if (!(w->policy->ledger.classes >> i & 1))
			continue;
		switch (class_find(w, i)->state) {
		case ID_NONE: continue;
		case ID_OK: one = ask_class(w, source, i, &key); break;
		case ID_BAD:
		case ID_CONFLICT:
		case ID_UNKNOWN:
			one.failed = UINT64_MAX;
			one.why = LETHE_REASON_SIGNAL_UNUSABLE;
			break;
		}
		all->denied |= one.denied;
		all->failed |= one.failed;
		if (one.failed)
			all->why = one.why;
	}
	return all;
}

struct answer
work_with_memory(struct work *w, const struct policy_purpose *p, size_t source,
	struct answer said)
{
	size_t purpose = (size_t)(p - w->policy->purposes);
	const struct remembered *r;

	if (!remembers(w, source) || said.kind == ANSWER_ERROR ||
		said.kind == ANSWER_DENY)
		return said;
	r = ask_all(w, source);
	if (r->failed >> purpose & 1)
		return signal_fails(r->why);
	return r->denied >> purpose & 1 ? signal_says(ANSWER_DENY) : said;
}

bool
work_recalls(struct work *w, const struct policy_purpose *p, size_t source)
{
	size_t purpose = (size_t)(p - w->policy->purposes);

	return remembers(w, source) && !work_objects(w, source) &&
	       ask_all(w, source)->denied >> purpose & 1;
}

/* ---- what the event itself says, into the ledger */

static size_t
entry(struct writer *out, struct slice key, struct slice state, const char *at,
	size_t len)
{
	write_key(out, key);
	write_object(out, 2);
	write_key(out, slice_of("state"));
	write_string(out, state);
	write_key(out, slice_of("at"));
	write_string(out, slice_make(at, len));
	write_object_end(out);
	return len;
}

/* When it was said: an event may lie a little behind this machine's clock, a
   record of the ledger should not. */
static size_t
time_said(const struct work *w, char out[static TIME_TEXT_BYTES])
{
	int64_t at = w->time_ms < w->in->now_ms ? w->time_ms : w->in->now_ms;

	return time_format(at, GRAIN_SECOND, out);
}

static bool
write_record(struct work *w, size_t source, struct buf *out)
{
	const char *name = w->policy->sources[source].name;
	char at[TIME_TEXT_BYTES];
	size_t len = time_said(w, at);
	struct writer j;

	writer_init(&j, FORMAT_JSON, out);
	write_object(&j, 3);
	write_key(&j, slice_of("v"));
	write_int(&j, 1);
	write_key(&j, slice_of("purposes"));
	write_object(&j, 1);
	entry(&j, slice_of("*"), slice_of("refused"), at, len);
	write_object_end(&j);
	write_key(&j, slice_of("source"));
	write_string(&j, slice_of(name));
	write_object_end(&j);
	return !out->full;
}

/* As `lethe consent` writes the log. */
static bool
write_log(struct work *w, size_t source, struct buf *out)
{
	char at[TIME_TEXT_BYTES], now[TIME_TEXT_BYTES];
	size_t len = time_said(w, at);
	size_t now_len = time_format(w->in->now_ms, GRAIN_MS, now);
	struct writer j;

	writer_init(&j, FORMAT_JSON, out);
	write_object(&j, 6);
	write_key(&j, slice_of("v"));
	write_int(&j, 1);
	write_key(&j, slice_of("at"));
	write_string(&j, slice_make(now, now_len));
	write_key(&j, slice_of("by"));
	write_string(&j, slice_of(w->policy->sources[source].name));
	write_key(&j, slice_of("purpose"));
	write_string(&j, slice_of("*"));
	write_key(&j, slice_of("was"));
	write_null(&j);
	entry(&j, slice_of("is"), slice_of("refused"), at, len);
	write_object_end(&j);
	return !out->full;
}

static enum lethe_status
write_down(struct work *w, size_t source, size_t class, struct slice key,
	const struct lethe_sink *sink, struct lethe_error *err)
{
	struct buf *out = &w->s->out;
	struct lethe_objection o = {.key = (const char *)key.ptr,
		.key_len = key.len,
		.source = w->policy->sources[source].name,
		.class = w->policy->classes[class].name,
		.time_ms = w->in->now_ms};
	enum lethe_status status;

	buf_reset(out);
	if (!write_record(w, source, out))
		return fail(err, LETHE_ENOMEM, 0, "an objection");
	o.value_len = out->len;
	if (!write_log(w, source, out))
		return fail(err, LETHE_ENOMEM, 0, "an objection");
	o.value = out->ptr;
	o.log = (const char *)out->ptr + o.value_len;
	o.log_len = out->len - o.value_len;
	status = sink->objection(sink->ctx, &o, err);
	if (status == LETHE_OK)
		status = recall_add(
			w->s->recall, recall_mark(w->s->recall, key), err);
	return status;
}

/*
 * What the ledger has is not written again; nor what this scratch has written
 * so lately that the ledger need not show it yet.  Later it is hidden, or was
 * taken back before the ledger was asked: this objection may be a new one.
 */
static bool
is_written(
	const struct work *w, const struct remembered *known, struct slice key)
{
	uint64_t mark, all = every_purpose(w);
	int64_t now = w->in->now_ms;

	if ((known->denied & all) != all)
		return false;
	mark = recall_mark(w->s->recall, key);
	return !recall_has(w->s->recall, mark, now) ||
	       recall_has(
		       w->s->recall, mark, now + hidden_ms(&w->policy->ledger));
}

static enum lethe_status
remember_source(struct work *w, size_t source, const struct lethe_sink *sink,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < w->policy->class_count; i++) {
		struct remembered known;
		struct slice key;

		if (!(w->policy->ledger.classes >> i & 1) ||
			class_find(w, i)->state != ID_OK)
			continue;
		known = ask_class(w, source, i, &key);
		if (!key.ptr)
			return fail(err, LETHE_ENOMEM, 0, "an objection");
		if (!is_written(w, &known, key))
			status = write_down(w, source, i, key, sink, err);
	}
	return status;
}

enum lethe_status
work_remember(
	struct work *w, const struct lethe_sink *sink, struct lethe_error *err)
{
	struct lethe_scratch *s = w->s;
	enum lethe_status status = LETHE_OK;

	if (!w->policy->ledger.remembers)
		return LETHE_OK;
	if (!s->recall)
		s->recall = recall_new(s->seed);
	if (!s->recall)
		return fail(err, LETHE_ENOMEM, 0, "who objected");
	recall_begin(s->recall, w->in->now_ms, hold_ms(&w->policy->ledger));
	for (size_t i = 0;
		!status && sink->objection && i < w->policy->source_count; i++)
		if (remembers(w, i) && work_objects(w, i))
			status = remember_source(w, i, sink, err);
	return status;
}
