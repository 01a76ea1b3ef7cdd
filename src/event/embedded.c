#include "event/walk.h"

/*
 * JSON in strings.  A path may come to it through [k=v] guards: then it is read
 * of the elements chosen alone, and what is none there is poison, while others
 * may hold what they like.  An element's guard may answer behind the string:
 * until then the string is read, and held as broken where it cannot be.
 */

/* What all guards of a path together say of the elements that are open. */
enum guard_answer
guards_answer(const struct reader *r, const struct trie_binding *b)
{
	enum guard_answer all = GUARD_YES;

	for (size_t i = 0; i < b->guard_count; i++) {
		enum guard_answer one = r->guards[b->guards[i]->id].answer;

		if (one == GUARD_NO)
			return GUARD_NO;
		if (one == GUARD_OPEN)
			all = GUARD_OPEN;
	}
	return all;
}

/* Whether a path reads what stands at `n` as JSON. */
static enum guard_answer
json_answer(const struct reader *r, const struct trie_node *n)
{
	enum guard_answer best = GUARD_NO;

	for (const struct trie_binding *w = n->ways; w; w = w->next) {
		enum guard_answer one = guards_answer(r, w);

		if (one == GUARD_YES)
			return GUARD_YES;
		if (one == GUARD_OPEN)
			best = GUARD_OPEN;
	}
	return best;
}

enum lethe_status
way_refuse(struct reader *r, const struct trie_binding *way, size_t at,
	const char *what)
{
	struct refusal *refusal;
	enum lethe_status status;

	if (way->readers == TRIE_EVERYONE)
		return fail(r->err, LETHE_POISON_EMBEDDED, at, "%s", what);
	for (size_t i = 0; i < r->refusal_count; i++)
		if (r->refusals[i].way == way)
			return LETHE_OK;
	status = walk_grow(r, &r->refusals, &r->refusal_cap,
		r->refusal_count + 1, sizeof(*r->refusals));
	if (status)
		return status;
	refusal = &r->refusals[r->refusal_count++];
	refusal->way = way;
	(void)fail(&refusal->why, LETHE_POISON_EMBEDDED,
		r->nested ? r->nested_at : at, "%s", what);
	return LETHE_OK;
}

static enum lethe_status
hold_broken(struct reader *r, const struct trie_binding *way, size_t at)
{
	return walk_hold(
		r, (struct held){
			   .binding = way,
			   .index = (uint32_t)(r->nested ? r->nested_at : at),
			   .broken = true,
		   });
}

enum lethe_status
embedded_refuse(struct reader *r, const struct trie_node *n, size_t at,
	const char *what)
{
	enum lethe_status status = LETHE_OK;

	for (const struct trie_binding *w = n->ways; w && !status; w = w->next)
		switch (guards_answer(r, w)) {
		case GUARD_YES: status = way_refuse(r, w, at, what); break;
		case GUARD_OPEN: status = hold_broken(r, w, at); break;
		case GUARD_NO: break;
		}
	return status;
}

/* Whether the text that comes now was not read as JSON by the first pass. */
static bool
was_unread(struct reader *r, uint32_t number)
{
	if (r->unread_next == r->unread_count ||
		r->unread[r->unread_next] != number)
		return false;
	r->unread_next++;
	return true;
}

static enum lethe_status
note_unread(struct reader *r, uint32_t number)
{
	enum lethe_status status = walk_grow(r, &r->unread, &r->unread_cap,
		r->unread_count + 1, sizeof(*r->unread));

	if (!status)
		r->unread[r->unread_count++] = number;
	return status;
}

/* Walks the JSON in a string; what failed leaves no trace but in `inner`. */
static enum lethe_status
walk_text_inside(struct reader *r, const struct trie_node *n, struct slice text,
	size_t at, struct lethe_error *inner)
{
	struct lethe_error *outer = r->err;
	size_t depth = r->depth, steps = r->step_count;
	size_t held = r->held_count, unread = r->unread_count;
	uint32_t held_number = r->held_number, number = r->json_number;
	enum lethe_status status;
	uint8_t *copy = walk_text(r, text.len + 1);

	if (text.len)
		memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	r->steps[r->step_count++] = (struct leaf_step){.kind = LEAF_JSON};
	r->err = inner;
	if (!r->nested++)
		r->nested_at = at;
	status = json_walk(r, n->json, slice_make(copy, text.len), false);
	r->nested--;
	r->err = outer;
	r->step_count = steps;
	if (!status)
		return LETHE_OK;
	r->depth = depth;
	r->held_count = held;
	r->held_number = held_number;
	r->unread_count = unread;
	r->json_number = number;
	return status;
}

/* The same; what is none is poison, or not read where no path wants it. */
static enum lethe_status
read_text(struct reader *r, const struct trie_node *n, struct slice text,
	size_t at)
{
	struct lethe_error inner = {0};
	char what[LETHE_WHAT_BYTES];
	enum lethe_status status = walk_text_inside(r, n, text, at, &inner);

	r->inside = !status;
	if (!status)
		return LETHE_OK;
	if (lethe_status_class(status) != LETHE_CLASS_POISON)
		return fail_with(r->err, &inner);
	(void)snprintf(what, sizeof(what),
		"read as JSON but is none: %s at byte %zu of the string",
		lethe_status_name(status), inner.offset);
	return embedded_refuse(r, n, at, what);
}

enum lethe_status
embedded_read(struct reader *r, const struct trie_node *n,
	const struct value *v, size_t at)
{
	uint32_t number = r->json_number++;
	char what[LETHE_WHAT_BYTES];
	enum lethe_status status = LETHE_OK;

	if (v->kind == VALUE_NULL || (r->visitor && was_unread(r, number)))
		return LETHE_OK;
	if (json_answer(r, n) == GUARD_NO)
		return note_unread(r, number);
	if (v->kind == VALUE_STRING) {
		status = read_text(r, n, v->text, at);
	} else {
		(void)snprintf(what, sizeof(what),
			"read as JSON in a string, but is a %s",
			value_kind_name(v->kind));
		status = embedded_refuse(r, n, at, what);
	}
	return status || r->inside ? status : note_unread(r, number);
}
