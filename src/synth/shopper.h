#ifndef SYNTH_SHOPPER_H
#define SYNTH_SHOPPER_H

/* Who shops, what they do next; what an event about it looks like. */

#include "base/buf.h"
#include "event/writer.h"
#include "synth/random.h"

#define ITEMS 4096
#define CART_MAX 6

enum action {
	ACTION_VIEWED,
	ACTION_ADDED,
	ACTION_ORDERED,
	ACTION_SEARCHED, /* no event of the example policy */
	ACTION_PAGE,	 /* the same */
	ACTION_IDENTIFY, /* the same */
};

/* One visit under way. */
struct visit {
	size_t shopper;
	uint64_t number; /* of the visit, unique: makes the session id */
	unsigned left;	 /* events to come */
	size_t item;	 /* looked at last */
	bool has_item;
	size_t cart[CART_MAX];
	unsigned cart_count;
};

/* What an event is about. */
struct moment {
	enum action action;
	const struct visit *visit;
	uint64_t person; /* hash of the shopper: everything about him */
	uint64_t number; /* of the event */
	int64_t time_ms;
	bool no_time;
};

/*
 * Writes one event.
 *
 *   canaries   counts the canaries written; each gets its number
 *   text       scratch
 */
void moment_write(const struct moment *m, struct writer *w, uint64_t *canaries,
	struct buf *text);

/* Writes the shopper's raw key: the anonymousId of his events. */
void moment_key(const struct moment *m, struct buf *out);

#define BREAKS_JSON 12
#define BREAKS_MSGPACK 5

/*
 * Breaks a whole event.  The end of a MessagePack value stays knowable, so
 * that it may stand in a stream; JSON stays one line.
 *
 *   how   0 .. BREAKS-1 of the format
 */
void event_break(struct buf *event, enum event_format format, size_t how);

#endif
