#include "event/reader.h"

#include "event/walk.h"

enum event_format
format_sniff(struct slice bytes)
{
	uint8_t b = bytes.len ? bytes.ptr[0] : 0;

	if ((b >= 0x80 && b <= 0x8f) || b == 0xde || b == 0xdf)
		return FORMAT_MSGPACK;
	if (b == '{' || b == ' ' || b == '\t' || b == '\n' || b == '\r')
		return FORMAT_JSON;
	return FORMAT_UNKNOWN;
}

#define FRAMING_BYTES 5 /* a zero and a schema id of four bytes */

enum lethe_status
format_check_start(struct slice bytes, struct lethe_error *err)
{
	if (!bytes.len)
		return fail(err, LETHE_POISON_EMPTY, 0, "the value is empty");
	if (!bytes.ptr[0] && bytes.len >= FRAMING_BYTES)
		return fail(err, LETHE_POISON_FRAMING, 0,
			"five bytes of schema-registry framing; send the "
			"event without them");
	return LETHE_OK;
}

enum lethe_status
reader_new(uint64_t seed, struct reader **out, struct lethe_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	for (size_t i = 0; i <= PATH_JSON_MAX; i++) {
		r->index[i] = json_index_new();
		if (!r->index[i]) {
			reader_free(r);
			return fail(err, LETHE_ENOMEM, 0, "out of memory");
		}
	}
	r->seed = sip_seed(seed);
	*out = r;
	return LETHE_OK;
}

void
reader_free(struct reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i <= PATH_JSON_MAX; i++)
		json_index_free(r->index[i]);
	free(r->captures);
	free(r->first);
	free(r->last);
	free(r->guards);
	free(r->held);
	free(r->kept);
	free(r->unread);
	free(r->refusals);
	free(r->table);
	free(r->text);
	free(r->slots);
	free(r);
}

/*
 * All texts of an event find room in a buffer of a known size: strings decode
 * to no more than they take up, and each level of :json copies the strings of
 * the level above and decodes them again.
 */
static enum lethe_status
reserve_text(struct reader *r, size_t len, bool twice)
{
	size_t decoded = len * (1 + 2 * trie_json(r->trie));

	r->text_used = 0;
	return walk_grow(r, &r->text, &r->text_cap,
		len + decoded * (twice ? 2 : 1) + 2 * JSON_PADDING, 1);
}

static enum lethe_status
reserve_slots(struct reader *r)
{
	size_t slots = trie_slots(r->trie), cap = r->slot_cap;
	enum lethe_status status;

	status = walk_grow(r, &r->first, &cap, slots, sizeof(*r->first));
	cap = r->slot_cap;
	if (!status)
		status = walk_grow(r, &r->last, &cap, slots, sizeof(*r->last));
	if (status)
		return status;
	r->slot_cap = cap;
	if (slots)
		memset(r->first, 0, slots * sizeof(*r->first));
	return walk_grow(r, &r->guards, &r->guard_cap, trie_guards(r->trie),
		sizeof(*r->guards));
}

static enum lethe_status
reserve(struct reader *r, size_t len, bool twice)
{
	enum lethe_status status = reserve_slots(r);

	r->capture_count = 0;
	r->held_count = 0;
	r->kept_count = 0;
	r->unread_count = 0;
	r->refusal_count = 0;
	return status ? status : reserve_text(r, len, twice);
}

/* One walk over the whole event. */
static enum lethe_status
pass(struct reader *r, enum event_format format, struct slice bytes)
{
	const struct trie_node *top = trie_top(r->trie);

	r->depth = 0;
	r->step_count = 0;
	r->json = 0;
	r->held_number = 0;
	r->kept_next = 0;
	r->json_number = 0;
	r->nested = 0;
	r->inside = false;
	r->unread_next = 0;
	keys_begin(r);
	if (format == FORMAT_MSGPACK)
		return msgpack_walk(r, top, bytes);
	return json_walk(r, top, bytes, true);
}

/* Stage 1 and key_print read past the end: copies the event to where they may.
 */
static struct slice
padded(struct reader *r, struct slice bytes)
{
	uint8_t *copy = walk_text(r, bytes.len + JSON_PADDING);

	memcpy(copy, bytes.ptr, bytes.len);
	memset(copy + bytes.len, 0, JSON_PADDING);
	return slice_make(copy, bytes.len);
}

static enum lethe_status
read_event(struct reader *r, enum event_format format, struct slice bytes,
	const struct leaf_visitor *visitor)
{
	enum lethe_status status = reserve(r, bytes.len, visitor != NULL);

	if (status)
		return status;
	bytes = padded(r, bytes);
	status = pass(r, format, bytes);
	if (!status)
		status = walk_settle(r);
	if (status || !visitor)
		return status;
	r->visitor = visitor;
	status = pass(r, format, bytes);
	r->visitor = NULL;
	return status;
}

enum lethe_status
reader_read(struct reader *r, const struct trie *t, const struct limits *limits,
	enum event_format format, struct slice bytes,
	const struct leaf_visitor *visitor, struct reading *out,
	struct lethe_error *err)
{
	enum lethe_status status = format_check_start(bytes, err);

	bug_if(format == FORMAT_UNKNOWN);
	*out = (struct reading){0};
	if (status)
		return status;
	if (bytes.len > limits->bytes || bytes.len > UINT32_MAX / 2)
		return fail(err, LETHE_POISON_TOO_LARGE, limits->bytes,
			"%zu bytes, limit %zu", bytes.len, limits->bytes);
	r->limits = limits;
	r->trie = t;
	r->err = err;
	status = read_event(r, format, bytes, visitor);
	r->err = NULL;
	r->limits = NULL;
	r->trie = NULL;
	if (status)
		return status;
	*out = (struct reading){
		r->captures, r->first, r->refusals, r->refusal_count};
	return LETHE_OK;
}

const struct lethe_error *
reading_refused(const struct reading *r, uint64_t readers)
{
	for (size_t i = 0; i < r->refusal_count; i++)
		if (r->refusals[i].way->readers & readers)
			return &r->refusals[i].why;
	return NULL;
}

bool
reading_is_refused(const struct reading *r, uint32_t slot)
{
	for (size_t i = 0; i < r->refusal_count; i++)
		for (const struct trie_end *e = r->refusals[i].way->ends; e;
			e = e->next)
			if (e->slot == slot)
				return true;
	return false;
}
