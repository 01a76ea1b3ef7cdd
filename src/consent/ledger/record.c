#include "consent/ledger/record.h"

#include "event/reader.h"
#include "text/time.h"

/* Top, purposes, an entry. */
static const struct limits limits = {.bytes = LEDGER_RECORD_BYTES_MAX,
	.depth = 3,
	.members = 512,
	.string = 1024};

struct ledger_decoder {
	const struct ledger_layout *layout;
	struct reader *reader;
	struct trie *nothing; /* leaves are told to a visitor alone */
};

/* Keys of the top; purposes is one of them. */
#define TOP_MAP(X) \
	X(V, "v") \
	X(PURPOSES, "purposes") \
	X(NOTICE, "notice") \
	X(JURISDICTION, "jurisdiction") \
	X(SOURCE, "source") \
	X(SIG, "sig")

/* Keys of a purpose's entry. */
#define PART_MAP(X) \
	X(STATE, "state") \
	X(AT, "at") \
	X(SINCE, "since") \
	X(UNTIL, "until") \
	X(NOTICE, "notice")

enum top {
#define X(code, name) TOP_##code,
	TOP_MAP(X)
#undef X
		TOP_COUNT
};

enum part {
#define X(code, name) PART_##code,
	PART_MAP(X)
#undef X
		PART_COUNT
};

static const char *const top_names[] = {
#define X(code, name) name,
	TOP_MAP(X)
#undef X
};

static const char *const part_names[] = {
#define X(code, name) name,
	PART_MAP(X)
#undef X
};

static const struct {
	const char *name;
	enum ledger_state state;
} states[] = {
#define X(code, name, number) {name, LEDGER_##code},
	LEDGER_STATE_MAP(X)
#undef X
};

#define STATE_COUNT (sizeof(states) / sizeof(states[0]))

/* Where an entry goes. */
#define TARGET_STAR LEDGER_PURPOSES_MAX
#define TARGET_NONE SIZE_MAX

/* An entry as it is being told, leaf by leaf. */
struct draft {
	struct ledger_entry entry;
	uint32_t parts; /* bits of those seen */
};

struct telling {
	const struct ledger_layout *layout;
	struct draft now;
	size_t target;	 /* of `now` */
	uint32_t number; /* of `now` among the purposes, from 1; 0: none */
	struct draft drafts[LEDGER_PURPOSES_MAX + 1];
	uint64_t own; /* bits of the purposes told */
	bool star;
	bool has_v, has_purposes;
	uint8_t notice; /* of the whole record */
	enum lethe_status status;
	struct lethe_error *err;
};

#define wrong(t, ...) \
	((t)->status = fail((t)->err, LETHE_POISON_CONSENT, 0, __VA_ARGS__))

static size_t
find(const char *const *names, size_t count, struct slice key)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(key, names[i]))
			return i;
	return count;
}

static size_t
target_of(const struct ledger_layout *layout, struct slice name)
{
	if (slice_is(name, "*"))
		return TARGET_STAR;
	for (size_t i = 0; i < layout->purpose_count; i++)
		if (slice_equal(layout->purposes[i], name))
			return i;
	return TARGET_NONE;
}

static uint8_t
notice_of(const struct ledger_layout *layout, struct slice name)
{
	for (size_t i = 0; i < layout->notice_count; i++)
		if (slice_equal(layout->notices[i], name))
			return (uint8_t)(i + 1);
	return LEDGER_NOTICE_OTHER;
}

static void
tell_state(struct telling *t, struct slice name)
{
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (slice_is(name, states[i].name)) {
			t->now.entry.state = states[i].state;
			return;
		}
	wrong(t, "purpose %u: `state` is none of those there are", t->number);
}

static void
tell_time(struct telling *t, enum part part, struct slice text, int64_t *out)
{
	if (!time_parse_rfc3339(text, out))
		wrong(t, "purpose %u: `%s` is no RFC 3339 time", t->number,
			part_names[part]);
}

static void
tell_part(struct telling *t, struct slice key, const struct value *v)
{
	size_t part = find(part_names, PART_COUNT, key);
	struct ledger_entry *e = &t->now.entry;

	if (part == PART_COUNT) {
		wrong(t, "purpose %u: a key that is not of the form",
			t->number);
		return;
	}
	if (v->kind != VALUE_STRING) {
		wrong(t, "purpose %u: `%s` is of type %s, not string",
			t->number, part_names[part], value_kind_name(v->kind));
		return;
	}
	t->now.parts |= 1u << part;
	switch ((enum part)part) {
	case PART_STATE: tell_state(t, v->text); break;
	case PART_AT: tell_time(t, PART_AT, v->text, &e->at_ms); break;
	case PART_SINCE: tell_time(t, PART_SINCE, v->text, &e->since_ms); break;
	case PART_UNTIL: tell_time(t, PART_UNTIL, v->text, &e->until_ms); break;
	case PART_NOTICE: e->notice = notice_of(t->layout, v->text); break;
	case PART_COUNT: break;
	}
}

static bool
has(const struct draft *d, enum part part)
{
	return d->parts >> part & 1;
}

/* Which rule a whole entry breaks, or NULL. */
static const char *
broken_rule(const struct draft *d)
{
	const struct ledger_entry *e = &d->entry;
	bool given = e->state == LEDGER_GIVEN,
	     paused = e->state == LEDGER_PAUSED;

	if (!has(d, PART_STATE))
		return "has no `state`";
	if (given && !has(d, PART_AT))
		return "a grant needs `at`";
	if (paused && !has(d, PART_UNTIL))
		return "a pause needs `until`";
	if (has(d, PART_SINCE) && !given)
		return "`since` belongs to a grant";
	if (has(d, PART_UNTIL) && !given && !paused)
		return "`until` belongs to a grant or a pause";
	if (has(d, PART_SINCE) && e->since_ms > e->at_ms)
		return "`since` lies after `at`";
	if (has(d, PART_UNTIL) && has(d, PART_AT) && e->until_ms <= e->at_ms)
		return "`until` does not lie after `at`";
	return NULL;
}

/* The entry that was being told is whole. */
static void
end_entry(struct telling *t)
{
	const char *rule = t->number ? broken_rule(&t->now) : NULL;
	struct ledger_entry *e = &t->now.entry;

	if (rule)
		wrong(t, "purpose %u: %s", t->number, rule);
	if (rule || !t->number || t->target == TARGET_NONE)
		return;
	e->has_at = has(&t->now, PART_AT);
	e->has_until = has(&t->now, PART_UNTIL);
	if (e->state == LEDGER_GIVEN && !has(&t->now, PART_SINCE))
		e->since_ms = e->at_ms;
	t->drafts[t->target] = t->now;
	if (t->target == TARGET_STAR)
		t->star = true;
	else
		t->own |= UINT64_C(1) << t->target;
}

static void
begin_entry(struct telling *t, const struct leaf_step *name)
{
	t->now = (struct draft){0};
	t->number = name->position + 1;
	t->target = target_of(t->layout, name->key);
}

static void
tell_purposes(struct telling *t, const struct leaf_step *steps, size_t depth,
	const struct value *v)
{
	t->has_purposes = true;
	if (depth == 1) {
		if (v->kind != VALUE_OBJECT)
			wrong(t, "`purposes` is of type %s, not object",
				value_kind_name(v->kind));
		return;
	}
	if (steps[1].kind != LEAF_KEY) {
		wrong(t, "`purposes` is an array, not an object");
		return;
	}
	if (t->number != steps[1].position + 1) {
		end_entry(t);
		begin_entry(t, &steps[1]);
	}
	if (t->status)
		return;
	if (depth == 2 && v->kind != VALUE_OBJECT)
		wrong(t, "purpose %u: of type %s, not object", t->number,
			value_kind_name(v->kind));
	else if (depth == 3 && steps[2].kind == LEAF_KEY)
		tell_part(t, steps[2].key, v);
	else if (depth != 2)
		wrong(t, "purpose %u: an array, not an object", t->number);
}

static void
tell_top(struct telling *t, enum top top, const struct value *v)
{
	if (top == TOP_V) {
		t->has_v = v->kind == VALUE_INT && v->magnitude == 1 &&
			   !v->negative;
		if (!t->has_v)
			wrong(t, "`v` is not the number 1");
		return;
	}
	if (v->kind != VALUE_STRING) {
		wrong(t, "`%s` is of type %s, not string", top_names[top],
			value_kind_name(v->kind));
		return;
	}
	if (top == TOP_NOTICE)
		t->notice = notice_of(t->layout, v->text);
}

static void
leaf(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *slots, size_t slot_count)
{
	struct telling *t = ctx;
	size_t top;

	(void)slots;
	(void)slot_count;
	if (t->status || !depth) /* an empty object lacks `v` */
		return;
	top = find(top_names, TOP_COUNT, steps[0].key);
	if (top == TOP_COUNT)
		wrong(t, "member %u: a key that is not of the form",
			steps[0].position + 1);
	else if (top == TOP_PURPOSES)
		tell_purposes(t, steps, depth, v);
	else if (depth != 1)
		wrong(t, "`%s` is no scalar", top_names[top]);
	else
		tell_top(t, (enum top)top, v);
}

static unsigned
strictness(enum ledger_state state)
{
	switch (state) {
	case LEDGER_GIVEN: return 0;
	case LEDGER_UNKNOWN: return 1;
	case LEDGER_EXPIRED: return 2;
	case LEDGER_PAUSED: return 3;
	case LEDGER_REFUSED:
	case LEDGER_WITHDRAWN:
	case LEDGER_MALFORMED: break;
	}
	return 4;
}

/* The one of a purpose's own entry and that for all which counts. */
static const struct draft *
stricter(const struct draft *own, const struct draft *star)
{
	const struct ledger_entry *o = &own->entry, *s = &star->entry;

	if (s->state == LEDGER_UNKNOWN)
		return own;
	if (o->state == LEDGER_GIVEN && s->has_at && o->at_ms > s->at_ms)
		return own;
	if (o->state == LEDGER_PAUSED && s->state == LEDGER_PAUSED)
		return o->until_ms >= s->until_ms ? own : star;
	return strictness(s->state) > strictness(o->state) ? star : own;
}

static struct ledger_entry
settle(const struct telling *t, size_t purpose)
{
	const struct draft *own = &t->drafts[purpose];
	const struct draft *star = &t->drafts[TARGET_STAR];
	const struct draft *d;
	struct ledger_entry e;

	if (t->own >> purpose & 1)
		d = t->star ? stricter(own, star) : own;
	else if (t->star)
		d = star;
	else
		return (struct ledger_entry){.state = LEDGER_UNKNOWN};
	if (d->entry.state == LEDGER_UNKNOWN)
		return (struct ledger_entry){.state = LEDGER_UNKNOWN};
	e = d->entry;
	if (!has(d, PART_NOTICE))
		e.notice = t->notice;
	/* What a row holds; only here, so that the rules saw what was said. */
	e.at_ms = time_floor(e.at_ms, GRAIN_SECOND);
	e.since_ms = time_floor(e.since_ms, GRAIN_SECOND);
	e.until_ms = time_floor(e.until_ms, GRAIN_SECOND);
	return e;
}

static void
settle_all(const struct telling *t, struct ledger_row *out)
{
	out->kind = LEDGER_ROW_ABSENT;
	out->count = t->layout->purpose_count;
	for (size_t i = 0; i < out->count; i++) {
		out->entries[i] = settle(t, i);
		if (out->entries[i].state != LEDGER_UNKNOWN)
			out->kind = LEDGER_ROW_PRESENT;
	}
}

static void
check_whole(struct telling *t)
{
	if (!t->status)
		end_entry(t);
	if (!t->status && !t->has_v)
		wrong(t, "`v` is missing");
	if (!t->status && !t->has_purposes)
		wrong(t, "`purposes` is missing");
}

static enum lethe_status
read_value(struct ledger_decoder *d, struct slice value, struct telling *t,
	struct lethe_error *err)
{
	const struct leaf_visitor visitor = {.ctx = t, .leaf = leaf};
	enum event_format format = format_sniff(value);
	enum lethe_status status = format_check_start(value, err);
	struct reading reading;

	if (!status && format == FORMAT_UNKNOWN)
		status = fail(err, LETHE_POISON_FORMAT, 0,
			"the first byte starts neither a JSON object nor a "
			"MessagePack map");
	if (!status)
		status = reader_read(d->reader, d->nothing, &limits, format,
			value, &visitor, &reading, err);
	if (!status) {
		check_whole(t);
		status = t->status;
	}
	return status;
}

enum lethe_status
ledger_decode(struct ledger_decoder *d, struct slice value,
	struct ledger_row *out, struct lethe_error *err)
{
	struct telling t;
	enum lethe_status status;

	out->kind = LEDGER_ROW_STALE;
	out->count = 0;
	if (!value.ptr) {
		out->kind = LEDGER_ROW_ABSENT;
		out->count = d->layout->purpose_count;
		return LETHE_OK;
	}
	/* Drafts are written before they are read: own and star tell. */
	t.layout = d->layout;
	t.number = 0;
	t.own = 0;
	t.star = t.has_v = t.has_purposes = false;
	t.notice = LEDGER_NOTICE_NONE;
	t.status = LETHE_OK;
	t.err = err;
	status = read_value(d, value, &t, err);
	if (!status)
		settle_all(&t, out);
	return status;
}

enum lethe_status
ledger_decoder_new(const struct ledger_layout *layout, uint64_t seed,
	struct ledger_decoder **out, struct lethe_error *err)
{
	struct ledger_decoder *d = calloc(1, sizeof(*d));
	enum lethe_status status;

	*out = NULL;
	bug_if(!layout->purpose_count ||
		layout->purpose_count > LEDGER_PURPOSES_MAX ||
		layout->notice_count > LEDGER_NOTICES_MAX);
	if (!d)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	d->layout = layout;
	status = reader_new(seed, &d->reader, err);
	if (!status)
		status = trie_new(&d->nothing, err);
	if (!status)
		status = trie_seal(d->nothing, 0, err);
	if (status) {
		ledger_decoder_free(d);
		return status;
	}
	*out = d;
	return LETHE_OK;
}

void
ledger_decoder_free(struct ledger_decoder *d)
{
	if (!d)
		return;
	reader_free(d->reader);
	trie_free(d->nothing);
	free(d);
}
