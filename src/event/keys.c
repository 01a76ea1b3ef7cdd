#include "event/walk.h"

/*
 * Doubled keys.  Objects of up to KEYS_FEW members keep their keys in the
 * frame, told apart by their prints; the members of larger ones go, all of an
 * event's into one table, by a keyed hash, so that whoever writes the event
 * cannot make it slow.  Entries of earlier events count as empty.
 */

void
keys_begin(struct reader *r)
{
	if (r->object > UINT32_MAX / 2) {
		memset(r->table, 0, (r->table_mask + 1) * sizeof(*r->table));
		r->object = 0;
	}
	r->object_base = r->object + 1;
	r->table_used = 0;
}

/* The place of an entry, or the empty place where it belongs. */
static struct key_entry *
find(struct reader *r, uint64_t hash, uint32_t object)
{
	size_t i = hash & r->table_mask;

	for (;; i = (i + 1) & r->table_mask) {
		struct key_entry *e = &r->table[i];

		if (e->object < r->object_base)
			return e;
		if (e->hash == hash && e->object == object)
			return e;
	}
}

static enum lethe_status
grow_table(struct reader *r)
{
	size_t size = r->table ? 2 * (r->table_mask + 1) : 1024;
	struct key_entry *old = r->table, *table;
	size_t old_size = old ? r->table_mask + 1 : 0;

	table = calloc(size, sizeof(*table));
	if (!table)
		return fail(r->err, LETHE_ENOMEM, 0, "out of memory");
	r->table = table;
	r->table_mask = size - 1;
	for (size_t i = 0; i < old_size; i++)
		if (old[i].object >= r->object_base)
			*find(r, old[i].hash, old[i].object) = old[i];
	free(old);
	return LETHE_OK;
}

/* *known: the object has the key already (but for 1 in 2^64, by chance). */
static enum lethe_status
table_add(struct reader *r, uint32_t object, struct slice key, bool *known)
{
	uint64_t hash = sip_hash(&r->seed, key);
	struct key_entry *e;

	*known = false;
	if (!r->table || 2 * r->table_used >= r->table_mask) {
		enum lethe_status status = grow_table(r);

		if (status)
			return status;
	}
	e = find(r, hash, object);
	if (e->object >= r->object_base) {
		*known = true;
		return LETHE_OK;
	}
	*e = (struct key_entry){hash, object};
	r->table_used++;
	return LETHE_OK;
}

static enum lethe_status
move_to_table(struct reader *r, struct frame *f)
{
	enum lethe_status status = LETHE_OK;
	bool known;

	f->object = ++r->object;
	for (size_t i = 0; i < KEYS_FEW && !status; i++)
		status = table_add(r, f->object, f->keys[i].key, &known);
	return status;
}

enum lethe_status
keys_doubled(const struct reader *r, size_t at)
{
	return fail(r->err, LETHE_POISON_DUPLICATE, at,
		"an object names a key twice");
}

bool
keys_has(const struct frame *f, size_t count, struct slice key, uint64_t print)
{
	for (size_t i = 0; i < count; i++)
		if (f->keys[i].print == print &&
			slice_equal(f->keys[i].key, key))
			return true;
	return false;
}

enum lethe_status
keys_add(struct reader *r, struct frame *f, struct slice key, size_t at)
{
	enum lethe_status status = LETHE_OK;
	bool known;

	if (f->count == KEYS_FEW)
		status = move_to_table(r, f);
	if (!status)
		status = table_add(r, f->object, key, &known);
	if (!status && known)
		status = keys_doubled(r, at);
	return status;
}
