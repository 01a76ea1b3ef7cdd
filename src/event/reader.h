#ifndef EVENT_READER_H
#define EVENT_READER_H

/*
 * Reads one event, JSON or MessagePack, in one bounded pass, refusing all that
 * is not exactly one object within the limits, and files the values at the
 * trie's slots.  A reader belongs to one thread and is used again and again:
 * once warm it does not allocate.
 *
 * What is refused is the same in both formats: bytes that are not UTF-8,
 * doubled keys (compared decoded) at any depth, more depth, members, bytes or
 * string length than the limits allow, anything behind the value.
 *
 * More than one match of a [k=v] step: all slots through it are absent.
 */

#include "event/trie.h"
#include "event/value.h"

#define READER_DEPTH_MAX 64

struct limits {
	size_t bytes;	/* of the event */
	size_t depth;	/* the top object is depth 1; :json counts on; to 64 */
	size_t members; /* of any one object or array */
	size_t string;	/* decoded bytes of any one string or key */
};

#define LIMITS_DEFAULT \
	(struct limits) \
	{ \
		.bytes = 1048576, .depth = 16, .members = 512, .string = 8192 \
	}

enum event_format {
	FORMAT_UNKNOWN,
	FORMAT_JSON,
	FORMAT_MSGPACK,
};

/*
 * The format by the first byte: 80-8f, de, df MessagePack; `{` or JSON white
 * space JSON; else unknown.
 */
enum event_format format_sniff(struct slice bytes);

/*
 * Whether a value can be an event of some format at all.  reader_read asks it
 * too; a caller that sniffs asks first, for the better reason.
 *
 * Fails: LETHE_POISON_EMPTY, LETHE_POISON_FRAMING.
 */
LETHE_CHECKED enum lethe_status
format_check_start(struct slice bytes, struct lethe_error *err);

/* One value found.  `next` chains the values of one slot, in order. */
struct capture {
	struct value value;
	uint32_t next;	/* index + 1 of the next capture of the slot; 0: last */
	uint32_t index; /* element of the path's [*] array; else 0 */
};

/* What was found in one event; borrowed from the reader until its next. */
struct reading {
	const struct capture *captures;
	/* per slot: index + 1 of a capture, 0, or SLOT_AMBIGUOUS */
	const uint32_t *first;
	const struct refusal *refusals;
	size_t refusal_count;
};

#define SLOT_AMBIGUOUS UINT32_MAX /* more than one match of a [k=v] */

/* Whether a slot is empty only since several elements matched its [k=v]. */
static inline bool
reading_is_ambiguous(const struct reading *r, uint32_t slot)
{
	return slot != SLOT_NONE && r->first[slot] == SLOT_AMBIGUOUS;
}

/* Whether anything was filed at a slot. */
static inline bool
reading_has(const struct reading *r, uint32_t slot)
{
	return slot != SLOT_NONE && r->first[slot] &&
	       r->first[slot] != SLOT_AMBIGUOUS;
}

/* The value of a slot without [*]; VALUE_ABSENT where there is none. */
static inline const struct value *
reading_get(const struct reading *r, uint32_t slot)
{
	static const struct value absent = {};

	if (!reading_has(r, slot))
		return &absent;
	return &r->captures[r->first[slot] - 1].value;
}

/* The first capture of a slot, or NULL; go on with reading_next. */
static inline const struct capture *
reading_first(const struct reading *r, uint32_t slot)
{
	if (!reading_has(r, slot))
		return NULL;
	return &r->captures[r->first[slot] - 1];
}

static inline const struct capture *
reading_next(const struct reading *r, const struct capture *c)
{
	return c->next ? &r->captures[c->next - 1] : NULL;
}

/*
 * Why the event is poison for one of the readers that trie_add_for was told of,
 * or NULL: the first text that a path of theirs reads as JSON and is none.
 *
 *   readers   their bits
 */
const struct lethe_error *
reading_refused(const struct reading *r, uint64_t readers);

/* Whether a slot is empty, or not, only by such a text. */
bool reading_is_refused(const struct reading *r, uint32_t slot);

/* One step of where a leaf stands, for explain. */
struct leaf_step {
	enum { LEAF_KEY, LEAF_ELEMENT, LEAF_JSON } kind;
	struct slice key;  /* LEAF_KEY: decoded; may be personal data */
	uint32_t position; /* member or element, from 0 */
	bool named;	   /* LEAF_KEY: a path of the trie has this key here */
};

/*
 * Told of every leaf in order of the event (scalars, empty containers), with
 * the slots that it was filed at; only when a visitor is given, and only when
 * the whole event could be read.  In the bytes of a string that the trie reads
 * as :json the leaves inside are told, then not the string itself unless it has
 * a slot.  A container that is not empty but has a slot (to be counted) is told
 * behind what is in it.
 */
struct leaf_visitor {
	void *ctx;
	void (*leaf)(void *ctx, const struct leaf_step *steps, size_t depth,
		const struct value *value, const uint32_t *slots,
		size_t slot_count);
};

struct reader;

/*
 *   seed   random; keys the table that finds doubled keys
 */
LETHE_CHECKED enum lethe_status
reader_new(uint64_t seed, struct reader **out, struct lethe_error *err);
void reader_free(struct reader *r);

/*
 * Reads one event of a known format.
 *
 *   bytes    the whole event; need not be padded
 *   visitor  NULL on the fast path
 *   out      valid until the next call with this reader; zero on failure
 *
 * Fails: a status of class POISON with err->offset the byte that broke the
 * rule; LETHE_ENOMEM.
 * Thread: the reader's owner.
 * Source: RFC 8259, RFC 3629; the MessagePack specification.
 */
LETHE_CHECKED enum lethe_status
reader_read(struct reader *r, const struct trie *t, const struct limits *limits,
	enum event_format format, struct slice bytes,
	const struct leaf_visitor *visitor, struct reading *out,
	struct lethe_error *err);

/*
 * The length of the first MessagePack value of a stream, without decoding it,
 * however deep it is.
 *
 *   more   the stream goes on behind `bytes`: a value cut short is EAGAIN
 *
 * Fails: LETHE_EAGAIN (with `more`), or class POISON when the end of the value
 * cannot be known.
 */
LETHE_CHECKED enum lethe_status msgpack_span(
	struct slice bytes, bool more, size_t *len, struct lethe_error *err);

#endif
