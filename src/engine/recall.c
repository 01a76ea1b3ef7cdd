#include "engine/recall.h"

#include "base/error.h"
#include "base/sip.h"

#include <stdlib.h>
#include <string.h>

#define SETS_LEAST 8192 /* a power of two; 1 MiB, touched as it fills */
#define WAYS 8

struct memory {
	uint64_t mark; /* 0: empty */
	/* INT64_MAX: not committed, or not since an event; INT64_MIN: it was
	   aborted. */
	int64_t until_ms;
};

struct recall {
	struct sip_seed seed;
	bool committed;		/* what is pending is, and has no end yet */
	struct memory *pending; /* as each was before it was added */
	size_t pending_count, pending_cap;
	size_t count; /* of the sets; a power of two */
	struct memory (*sets)[WAYS];
};

struct recall *
recall_new(uint64_t seed)
{
	struct recall *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->seed = sip_seed(seed);
	r->count = SETS_LEAST;
	r->sets = calloc(r->count, sizeof(*r->sets));
	if (!r->sets) {
		free(r);
		return NULL;
	}
	return r;
}

void
recall_free(struct recall *r)
{
	if (!r)
		return;
	free(r->pending);
	free(r->sets);
	free(r);
}

uint64_t
recall_mark(const struct recall *r, struct slice key)
{
	uint64_t mark = sip_hash(&r->seed, key);

	return mark ? mark : 1;
}

static struct memory *
find(const struct recall *r, uint64_t mark)
{
	struct memory *set = r->sets[mark % r->count];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].mark == mark)
			return &set[i];
	return NULL;
}

static void
end_pending(struct recall *r, int64_t until_ms)
{
	while (r->pending_count) {
		const struct memory *was = &r->pending[--r->pending_count];
		struct memory *m = find(r, was->mark);

		if (m)
			m->until_ms = until_ms == INT64_MIN ? was->until_ms
							    : until_ms;
	}
	r->committed = false;
}

void
recall_begin(struct recall *r, int64_t now_ms, int64_t hold_ms)
{
	if (r->committed)
		end_pending(r, now_ms + hold_ms);
}

bool
recall_has(const struct recall *r, uint64_t mark, int64_t now_ms)
{
	const struct memory *m = find(r, mark);

	return m && now_ms <= m->until_ms;
}

void
recall_shown(struct recall *r, uint64_t mark)
{
	struct memory *m = find(r, mark);

	if (m)
		*m = (struct memory){0};
}

/* The one of the set that is empty or ends first; NULL: none has an end yet. */
static struct memory *
room(struct recall *r, uint64_t mark)
{
	struct memory *set = r->sets[mark % r->count], *best = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		if (!set[i].mark)
			return &set[i];
		if (set[i].until_ms != INT64_MAX &&
			(!best || set[i].until_ms < best->until_ms))
			best = &set[i];
	}
	return best;
}

/* Each set becomes two, in which everyone keeps the same way. */
static bool
widen(struct recall *r)
{
	size_t count = 2 * r->count;
	struct memory(*sets)[WAYS] = calloc(count, sizeof(*sets));

	if (!sets)
		return false;
	for (size_t s = 0; s < r->count; s++)
		for (size_t i = 0; i < WAYS; i++)
			if (r->sets[s][i].mark)
				sets[r->sets[s][i].mark % count][i] =
					r->sets[s][i];
	free(r->sets);
	r->sets = sets;
	r->count = count;
	return true;
}

enum lethe_status
recall_add(struct recall *r, uint64_t mark, struct lethe_error *err)
{
	struct memory *m = find(r, mark);

	if (r->pending_count == r->pending_cap) {
		size_t cap = r->pending_cap ? 2 * r->pending_cap : 256;
		struct memory *more =
			reallocarray(r->pending, cap, sizeof(*more));

		if (!more)
			return fail(err, LETHE_ENOMEM, 0, "who objected");
		r->pending = more;
		r->pending_cap = cap;
	}
	r->pending[r->pending_count++] =
		(struct memory){mark, m ? m->until_ms : INT64_MIN};
	if (!m)
		m = room(r, mark);
	for (; !m; m = room(r, mark))
		if (!widen(r))
			return fail(err, LETHE_ENOMEM, 0, "who objected");
	*m = (struct memory){mark, INT64_MAX};
	return LETHE_OK;
}

void
recall_settle(struct recall *r, bool committed)
{
	/* What waits for its end since the commit before is no part of this. */
	if (!committed && !r->committed)
		end_pending(r, INT64_MIN);
	else
		r->committed = r->pending_count != 0;
}
