#ifndef ENGINE_EXPLAIN_LEAVES_H
#define ENGINE_EXPLAIN_LEAVES_H

/*
 * The leaves of one event as the reader told them, with the uses that are
 * found for them afterwards.  Everything lives in the explanation's arena.
 */

#include "engine/explain.h"
#include "engine/work.h"

struct use_row {
	struct use_row *next;
	struct explained_use use;
};

struct leaf_row {
	struct leaf_row *next;
	struct explained_leaf leaf;
	uint32_t *slots;    /* bound to it */
	uint32_t *ordinals; /* which leaf of its slot it is, from 0 */
	size_t slot_count;
	struct use_row *first_use, **last_use;
};

struct leaves {
	struct arena *a;
	struct leaf_row *first, **last;
	size_t count;
	uint32_t *seen; /* leaves told so far, per slot */
	size_t slots;
	bool full; /* the arena gave no more */
};

void leaves_init(struct leaves *l, struct arena *a, size_t slots);

/* The visitor's call; ctx is a struct leaves. */
void leaves_add(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *value, const uint32_t *slots, size_t slot_count);

/* A leaf of the message itself; once, however often it is asked for. */
struct leaf_row *
leaves_add_named(struct leaves *l, const char *path, const struct value *value);

void leaves_use(struct leaves *l, struct leaf_row *row,
	const struct explained_use *use);

/* A copy of a value whose text lives in the arena. */
struct value leaves_keep(struct leaves *l, const struct value *v);

/* Hands everything over to the explanation; false when memory ran out. */
bool leaves_finish(struct leaves *l, struct explanation *out);

#endif
