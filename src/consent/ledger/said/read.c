#include "consent/ledger/said.h"

#include "event/reader.h"
#include "text/time.h"

#include <stdlib.h>

static const struct limits limits = {.bytes = LEDGER_RECORD_BYTES_MAX,
	.depth = 3,
	.members = 512,
	.string = 1024};

/* Its purposes do not matter: the rules of the form are the same for all. */
static const struct slice any_purpose[] = {{(const uint8_t *)"*", 1}};
static const struct ledger_layout any = {
	.purposes = any_purpose, .purpose_count = 1};

struct said_reader {
	struct ledger_decoder *decoder; /* the rules */
	struct reader *reader;
	struct trie *nothing;
};

/* A record while it is told, of which the rules are known to hold. */
struct telling_all {
	struct said *out;
	struct arena *arena;
	uint32_t number; /* of the last entry, from 1 */
	bool full;
};

static struct slice
copy(struct telling_all *t, struct slice text)
{
	char *mine = arena_strndup(t->arena, text.ptr, text.len);

	t->full = t->full || !mine;
	return mine ? slice_make(mine, text.len) : (struct slice){0};
}

struct said_entry *
said_add(struct said *s, struct arena *a)
{
	size_t cap = s->cap ? 2 * s->cap : 8;
	struct said_entry *more;

	if (s->count == s->cap) {
		more = arena_calloc(a, cap, sizeof(*more));
		if (!more)
			return NULL;
		if (s->count)
			memcpy(more, s->entries, s->count * sizeof(*more));
		s->entries = more;
		s->cap = cap;
	}
	return &s->entries[s->count++];
}

static void
tell_part(struct telling_all *t, struct said_entry *e, struct slice key,
	struct slice text)
{
	if (slice_is(key, "state")) {
		(void)ledger_state_find(text, &e->is.state);
	} else if (slice_is(key, "notice")) {
		e->notice = copy(t, text);
	} else if (slice_is(key, "at")) {
		e->at = copy(t, text);
		e->is.has_at = time_parse_rfc3339(text, &e->is.at_ms);
	} else if (slice_is(key, "until")) {
		e->until = copy(t, text);
		e->is.has_until = time_parse_rfc3339(text, &e->is.until_ms);
	} else {
		e->since = copy(t, text);
		if (!time_parse_rfc3339(text, &e->is.since_ms))
			e->is.since_ms = INT64_MIN;
	}
}

static void
tell_entry(struct telling_all *t, const struct leaf_step *steps,
	const struct value *v)
{
	struct said_entry *e;

	if (t->number != steps[1].position + 1) {
		t->number = steps[1].position + 1;
		e = said_add(t->out, t->arena);
		t->full = t->full || !e;
		if (!e)
			return;
		*e = (struct said_entry){.is.since_ms = INT64_MIN,
			.as_read = true,
			.purpose = copy(t, steps[1].key)};
	}
	if (!t->full)
		tell_part(t, &t->out->entries[t->out->count - 1], steps[2].key,
			v->text);
}

static void
tell_leaf(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *slots, size_t slot_count)
{
	struct telling_all *t = ctx;

	(void)slots;
	(void)slot_count;
	if (depth == 3)
		tell_entry(t, steps, v);
	else if (depth != 1 || v->kind != VALUE_STRING)
		return;
	else if (slice_is(steps[0].key, "notice"))
		t->out->notice = copy(t, v->text);
	else if (slice_is(steps[0].key, "jurisdiction"))
		t->out->jurisdiction = copy(t, v->text);
	else if (slice_is(steps[0].key, "source"))
		t->out->source = copy(t, v->text);
	else if (slice_is(steps[0].key, "sig"))
		t->out->sig = copy(t, v->text);
}

static void
complete(const struct telling_all *t)
{
	for (size_t i = 0; i < t->out->count; i++) {
		struct said_entry *e = &t->out->entries[i];

		if (e->is.since_ms == INT64_MIN)
			e->is.since_ms = e->is.at_ms;
	}
}

enum lethe_status
said_read(struct said_reader *r, struct slice value, struct arena *a,
	struct said *out, struct lethe_error *err)
{
	struct telling_all t = {.out = out, .arena = a};
	const struct leaf_visitor visitor = {.ctx = &t, .leaf = tell_leaf};
	struct ledger_row row;
	struct reading reading;
	enum lethe_status status;

	*out = (struct said){.gone = !value.ptr};
	status = ledger_decode(r->decoder, value, &row, err);
	if (status || !value.ptr)
		return status;
	status = reader_read(r->reader, r->nothing, &limits,
		format_sniff(value), value, &visitor, &reading, err);
	if (!status && t.full)
		status = fail(err, LETHE_ENOMEM, 0, "no memory for a record");
	if (status)
		*out = (struct said){0};
	else
		complete(&t);
	return status;
}

enum lethe_status
said_signed_bytes(struct said_reader *r, struct slice key, struct slice value,
	struct buf *out, struct lethe_error *err)
{
	return ledger_signed_bytes(r->decoder, key, value, out, err);
}

enum lethe_status
said_reader_new(
	uint64_t seed, struct said_reader **out, struct lethe_error *err)
{
	struct said_reader *r = calloc(1, sizeof(*r));
	enum lethe_status status;

	*out = NULL;
	if (!r)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a reader");
	status = ledger_decoder_new(&any, seed, &r->decoder, err);
	if (!status)
		status = reader_new(seed, &r->reader, err);
	if (!status)
		status = trie_new(&r->nothing, err);
	if (!status)
		status = trie_seal(r->nothing, 0, err);
	if (status)
		said_reader_free(r);
	else
		*out = r;
	return status;
}

void
said_reader_free(struct said_reader *r)
{
	if (!r)
		return;
	ledger_decoder_free(r->decoder);
	reader_free(r->reader);
	trie_free(r->nothing);
	free(r);
}
