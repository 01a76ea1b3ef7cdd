#include "kafka/replay/ids.h"

#include <stdlib.h>

enum { ROW_FREE, ROW_TAKEN, ROW_GONE };

void
ids_init(struct ids *s, uint64_t seed)
{
	*s = (struct ids){.seed = sip_seed(seed)};
}

void
ids_fini(struct ids *s)
{
	free(s->rows);
	free(s->open);
	*s = (struct ids){0};
}

void
ids_clear(struct ids *s)
{
	if (s->cap)
		memset(s->rows, 0, s->cap * sizeof(*s->rows));
	s->used = s->open_count = 0;
}

/* Where it stands, or the free row where the search ended. */
static struct ids_row *
find(const struct ids *s, const uint8_t *id)
{
	size_t at = sip_hash(&s->seed, slice_make(id, DIGEST_BYTES));

	for (;; at++) {
		struct ids_row *row = &s->rows[at & (s->cap - 1)];

		if (row->state == ROW_FREE ||
			(row->state == ROW_TAKEN &&
				!memcmp(row->id, id, DIGEST_BYTES)))
			return row;
	}
}

bool
ids_has(const struct ids *s, const uint8_t id[static DIGEST_BYTES])
{
	return s->cap && find(s, id)->state == ROW_TAKEN;
}

static enum lethe_status
grow(struct ids *s, struct lethe_error *err)
{
	struct ids_row *old = s->rows;
	size_t count = s->cap;

	if (s->used < s->cap / 2)
		return LETHE_OK;
	s->rows = calloc(count ? count * 2 : 1024, sizeof(*s->rows));
	if (!s->rows) {
		s->rows = old;
		return fail(err, LETHE_ENOMEM, 0, "no memory for marks");
	}
	s->cap = count ? count * 2 : 1024;
	s->used = 0;
	for (size_t i = 0; i < count; i++)
		if (old[i].state == ROW_TAKEN) {
			*find(s, old[i].id) = old[i];
			s->used++;
		}
	free(old);
	return LETHE_OK;
}

static enum lethe_status
note_open(struct ids *s, const uint8_t *id, struct lethe_error *err)
{
	size_t cap = s->open_cap ? s->open_cap * 2 : 256;
	void *p;

	if (s->open_count == s->open_cap) {
		p = reallocarray(s->open, cap, sizeof(*s->open));
		if (!p)
			return fail(
				err, LETHE_ENOMEM, 0, "no memory for marks");
		s->open = p;
		s->open_cap = cap;
	}
	memcpy(s->open[s->open_count++], id, DIGEST_BYTES);
	return LETHE_OK;
}

enum lethe_status
ids_add(struct ids *s, const uint8_t id[static DIGEST_BYTES], bool open,
	struct lethe_error *err)
{
	enum lethe_status status = grow(s, err);
	struct ids_row *row;

	if (status)
		return status;
	row = find(s, id);
	if (row->state == ROW_TAKEN)
		return LETHE_OK;
	if (open)
		status = note_open(s, id, err);
	if (status)
		return status;
	memcpy(row->id, id, DIGEST_BYTES);
	row->state = ROW_TAKEN;
	s->used++;
	return LETHE_OK;
}

void
ids_settle(struct ids *s, bool holds)
{
	/* A free row would end the search for others. */
	for (size_t i = 0; !holds && i < s->open_count; i++)
		find(s, s->open[i])->state = ROW_GONE;
	s->open_count = 0;
}
