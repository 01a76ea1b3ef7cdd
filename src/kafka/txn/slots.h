#ifndef TXN_SLOTS_H
#define TXN_SLOTS_H

/* A lane's own bookkeeping of offsets: one slot an assigned partition. */

#include "kafka/ops.h"

struct slot {
	bool is;	   /* assigned to this lane */
	size_t topic;	   /* its place */
	int32_t partition; /* its place */
	int64_t base;	   /* what the broker holds; OFFSET_NONE: nothing */
	int64_t begin;	   /* where the open transaction starts */
	int64_t end;	   /* what the open transaction will commit */
	int64_t next;	   /* the next offset to take; lower ones are doubles */
	int64_t seen;	   /* up to here there is nothing more to take;
			      OFFSET_NONE: no end was met yet */
	int64_t until;	   /* the first not to take; INT64_MAX: no end */
	bool ended;	   /* everything below `until` was taken */
};

struct slots_topic {
	struct slot *at; /* by partition */
	size_t count;
};

struct slots {
	struct slots_topic *topics;
	size_t topic_count;
};

LETHE_CHECKED enum lethe_status
slots_init(struct slots *s, size_t topic_count, struct lethe_error *err);
void slots_fini(struct slots *s);

/* The slot of an assigned partition, or NULL; until the next slots_add. */
struct slot *slots_get(const struct slots *s, size_t topic, int32_t partition);

/*
 * A new slot that reads from place->offset.
 *
 *   base   what the broker holds for it, or OFFSET_NONE
 */
LETHE_CHECKED enum lethe_status slots_add(struct slots *s,
	const struct kafka_place *place, int64_t base, struct lethe_error *err);
void slots_remove(struct slots *s, size_t topic, int32_t partition);
void slots_clear(struct slots *s);

/*
 * The next assigned slot, or NULL at the end.
 *
 *   at   zero before the first call
 */
struct slots_cursor {
	size_t topic, partition;
};
struct slot *slots_each(const struct slots *s, struct slots_cursor *at);

/* The log of a partition was read to its end, as far as it goes now. */
void
slots_note_end(struct slots *s, size_t topic, int32_t partition, int64_t end);

/*
 * How many messages up to `end` are not done yet.  Offsets behind the last
 * message that no application sees do not count once they were passed.
 */
static inline uint64_t
slot_lag(const struct slot *s, int64_t end)
{
	int64_t done = s->end == s->next && s->seen > s->end ? s->seen : s->end;

	return end > done ? (uint64_t)(end - done) : 0;
}

/*
 * Whether some of them can be had.  Behind the end that was met lies what
 * belongs to transactions of producers that are still open: nobody may read it
 * yet, and when one of them ends, messages come.
 */
static inline bool
slot_has_input(const struct slot *s, int64_t end)
{
	return slot_lag(s, end) && (s->end != s->next || s->seen < s->next);
}

/* Whether the next transaction has an offset of this slot to commit. */
static inline bool
slot_is_dirty(const struct slot *s)
{
	return s->end != s->base;
}

#endif
