#include "event/walk.h"

enum lethe_status
walk_grow(struct reader *r, void *array_ptr, size_t *cap, size_t need,
	size_t size)
{
	size_t more = *cap ? *cap : 64;
	void *array;

	if (need <= *cap)
		return LETHE_OK;
	while (more < need)
		more *= 2;
	memcpy(&array, array_ptr, sizeof(array));
	array = reallocarray(array, more, size);
	if (!array)
		return fail(r->err, LETHE_ENOMEM, 0, "out of memory");
	memcpy(array_ptr, &array, sizeof(array));
	*cap = more;
	return LETHE_OK;
}

static enum lethe_status
capture(struct reader *r, uint32_t slot, const struct value *v, uint32_t index)
{
	uint32_t place = (uint32_t)r->capture_count + 1;
	enum lethe_status status;

	if (r->first[slot] == SLOT_AMBIGUOUS)
		return LETHE_OK;
	if (r->capture_count == r->capture_cap) {
		status = walk_grow(r, &r->captures, &r->capture_cap, place,
			sizeof(*r->captures));
		if (status)
			return status;
	}
	r->captures[r->capture_count++] =
		(struct capture){.value = *v, .index = index};
	if (r->first[slot])
		r->captures[r->last[slot] - 1].next = place;
	else
		r->first[slot] = place;
	r->last[slot] = place;
	return LETHE_OK;
}

static uint32_t
element_index(const struct reader *r, const struct trie_binding *b)
{
	return b->each == LEVEL_NONE ? 0 : r->elements[b->each];
}

enum lethe_status
walk_hold(struct reader *r, struct held held)
{
	enum lethe_status status = walk_grow(
		r, &r->held, &r->held_cap, r->held_count + 1, sizeof(held));

	if (!status)
		r->held[r->held_count++] = held;
	return status;
}

static enum lethe_status
hold(struct reader *r, const struct trie_binding *b, const struct value *v)
{
	uint32_t number = r->held_number++;

	if (guards_answer(r, b) == GUARD_NO)
		return LETHE_OK;
	return walk_hold(r, (struct held){
				    .value = *v,
				    .binding = b,
				    .index = element_index(r, b),
				    .number = number,
			    });
}

enum lethe_status
walk_settle(struct reader *r)
{
	enum lethe_status status = walk_grow(
		r, &r->kept, &r->kept_cap, r->held_count, sizeof(*r->kept));

	for (size_t i = 0; i < r->held_count && !status; i++) {
		const struct held *h = &r->held[i];

		if (h->broken) {
			status = way_refuse(r, h->binding, h->index,
				"read as JSON but is none");
			continue;
		}
		if (h->dead) {
			r->first[h->binding->slot] = SLOT_AMBIGUOUS;
			continue;
		}
		r->kept[r->kept_count++] = h->number;
		status = capture(r, h->binding->slot, &h->value, h->index);
	}
	r->held_count = 0;
	return status;
}

/* Whether the value that a guarded binding meets now was filed in the end. */
static bool
was_kept(struct reader *r)
{
	uint32_t number = r->held_number++;

	if (r->kept_next == r->kept_count || r->kept[r->kept_next] != number)
		return false;
	r->kept_next++;
	return true;
}

static bool
is_leaf(const struct reader *r, const struct value *v)
{
	if (v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT)
		return !v->count;
	return !r->inside;
}

static enum lethe_status
tell(struct reader *r, const struct trie_node *n, const struct value *v)
{
	const struct trie_binding *b = n ? n->bindings : NULL;
	enum lethe_status status;
	size_t count = 0;

	for (; b; b = b->next) {
		if (b->guard_count && !was_kept(r))
			continue;
		status = walk_grow(r, &r->slots, &r->slots_cap, count + 1,
			sizeof(*r->slots));
		if (status)
			return status;
		r->slots[count++] = b->slot;
	}
	if (count || is_leaf(r, v))
		r->visitor->leaf(r->visitor->ctx, r->steps, r->step_count, v,
			r->slots, count);
	return LETHE_OK;
}

static enum lethe_status
put(struct reader *r, const struct trie_node *n, const struct value *v)
{
	enum lethe_status status = LETHE_OK;

	if (r->visitor)
		return tell(r, n, v);
	/* Without a node it comes here for a visitor alone. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	for (const struct trie_binding *b = n->bindings; b && !status;
		b = b->next)
		status = b->guard_count
				 ? hold(r, b, v)
				 : capture(r, b->slot, v, element_index(r, b));
	return status;
}

/* The guard of a binding on the elements of the arrays at `level`, or NULL. */
static const struct trie_guard *
guard_at(const struct trie_binding *b, uint32_t level)
{
	for (size_t i = 0; i < b->guard_count; i++)
		if (b->guards[i]->level == level)
			return b->guards[i];
	return NULL;
}

/* Forgets what was held from `mark` on and is of no element that matched. */
static void
drop_unmatched(struct reader *r, const struct trie_node *n, size_t mark)
{
	size_t kept = mark;

	for (size_t i = mark; i < r->held_count; i++) {
		const struct trie_guard *g =
			guard_at(r->held[i].binding, n->level);

		if (!g || r->guards[g->id].answer == GUARD_YES)
			r->held[kept++] = r->held[i];
	}
	r->held_count = kept;
}

/*
 * More than one element of an array matched: what is held of them empties its
 * slot, unless the array itself is of an element that does not match.
 */
static void
mark_ambiguous(struct reader *r, const struct trie_node *n, size_t mark)
{
	for (size_t i = mark; i < r->held_count; i++) {
		const struct trie_guard *g =
			guard_at(r->held[i].binding, n->level);

		if (g && r->guards[g->id].matches > 1)
			r->held[i].dead = true;
	}
}

static void
end_element(struct reader *r, struct frame *f)
{
	drop_unmatched(r, f->node, f->element_mark);
	for (const struct trie_guard *g = f->node->guards; g; g = g->next) {
		struct guard_state *state = &r->guards[g->id];

		state->matches += state->answer == GUARD_YES;
		state->answer = GUARD_OPEN;
	}
	f->element_mark = (uint32_t)r->held_count;
}

static void
begin_array(struct reader *r, struct frame *f)
{
	for (const struct trie_guard *g = f->node->guards; g; g = g->next)
		r->guards[g->id] = (struct guard_state){0};
	f->array_mark = f->element_mark = (uint32_t)r->held_count;
}

enum lethe_status
walk_open(
	struct reader *r, const struct trie_node *n, bool is_object, size_t at)
{
	struct frame *f = &r->frames[r->depth];
	enum lethe_status status;

	if (r->depth >= r->limits->depth || r->depth == READER_DEPTH_MAX)
		return fail(r->err, LETHE_POISON_TOO_DEEP, at,
			"deeper than the limit of %zu", r->limits->depth);
	if (n && n->json && !r->visitor) {
		status = embedded_refuse(
			r, n, at, "read as JSON in a string, but is no string");
		if (status)
			return status;
	}
	r->depth++;
	f->node = n;
	f->at = at;
	f->seen = 0;
	f->count = 0;
	f->is_object = is_object;
	f->step = (uint32_t)r->step_count;
	if (!is_object && n && n->guards)
		begin_array(r, f);
	return LETHE_OK;
}

enum lethe_status
walk_close(struct reader *r)
{
	struct frame *f = walk_top(r);
	struct value v = {.kind = f->is_object ? VALUE_OBJECT : VALUE_ARRAY};

	if (!f->is_object && f->node && f->node->guards) {
		end_element(r, f);
		mark_ambiguous(r, f->node, f->array_mark);
	}
	r->depth--;
	r->step_count = f->step;
	if (!walk_wants(r, f->node))
		return LETHE_OK;
	v.count = f->count;
	return put(r, f->node, &v);
}

enum lethe_status
walk_too_many(const struct reader *r, size_t at)
{
	return fail(r->err, LETHE_POISON_TOO_MANY, at,
		"more than the limit of %zu members", r->limits->members);
}

void
walk_step(struct reader *r, const struct frame *f, struct slice key, bool named)
{
	r->steps[f->step] = (struct leaf_step){
		.kind = f->is_object ? LEAF_KEY : LEAF_ELEMENT,
		.key = key,
		.position = f->count - 1,
		.named = named,
	};
	r->step_count = f->step + 1;
}

enum lethe_status
walk_element(struct reader *r, size_t at, const struct trie_node **n)
{
	struct frame *f = walk_top(r);

	*n = NULL;
	if (f->count >= r->limits->members)
		return walk_too_many(r, at);
	f->count++;
	if (f->node) {
		if (f->node->guards)
			end_element(r, f);
		*n = f->node->element;
		if (*n)
			r->elements[f->node->level] = f->count - 1;
	}
	if (r->visitor)
		walk_step(r, f, (struct slice){0}, false);
	return LETHE_OK;
}

static bool
passes(const struct value *v, struct slice text)
{
	char digits[VALUE_INT_TEXT];

	if (v->kind == VALUE_STRING)
		return slice_equal(v->text, text);
	return v->kind == VALUE_INT &&
	       slice_equal(slice_make(digits, value_int_text(v, digits)), text);
}

enum lethe_status
walk_scalar(struct reader *r, const struct trie_node *n, const struct value *v,
	size_t at)
{
	enum lethe_status status;

	if (n) {
		for (const struct trie_test *t = n->tests; t; t = t->next)
			r->guards[t->guard->id].answer =
				passes(v, t->guard->text) ? GUARD_YES
							  : GUARD_NO;
		if (n->json) {
			status = embedded_read(r, n, v, at);
			if (!status)
				status = put(r, n, v);
			r->inside = false;
			return status;
		}
	}
	return put(r, n, v);
}
