#include "event/trie.h"

#include "event/walk.h"

struct trie {
	struct arena arena;
	struct trie_node *top;
	struct trie_node **nodes; /* all of them, for sealing */
	size_t node_count;
	size_t node_cap;
	size_t guards;
	size_t json;
	uint32_t slots;
	bool sealed;
};

static enum lethe_status
no_memory(struct lethe_error *err)
{
	return fail(err, LETHE_ENOMEM, 0, "out of memory");
}

static struct trie_node *
new_node(struct trie *t, uint32_t level)
{
	struct trie_node *n = arena_calloc(&t->arena, 1, sizeof(*n));

	if (n && t->node_count == t->node_cap) {
		size_t cap = t->node_cap ? 2 * t->node_cap : 32;
		void *p = reallocarray(t->nodes, cap, sizeof(*t->nodes));

		if (!p)
			return NULL;
		t->nodes = p;
		t->node_cap = cap;
	}
	if (n) {
		n->level = level;
		t->nodes[t->node_count++] = n;
	}
	return n;
}

static bool
copy_text(struct trie *t, struct slice from, struct slice *to)
{
	uint8_t *copy = arena_calloc(&t->arena, 1, from.len + KEY_PADDING);

	if (copy && from.len)
		memcpy(copy, from.ptr, from.len);
	*to = slice_make(copy, from.len);
	return copy != NULL;
}

static struct trie_node *
child_of(struct trie *t, struct trie_node *n, struct slice key)
{
	struct trie_key **link = &n->keys, *k;

	for (; *link; link = &(*link)->next)
		if (slice_equal((*link)->key, key))
			return (*link)->node;
	k = arena_calloc(&t->arena, 1, sizeof(*k));
	if (!k || !copy_text(t, key, &k->key))
		return NULL;
	k->print = key_print(k->key.ptr, k->key.len);
	k->node = new_node(t, n->level);
	if (!k->node)
		return NULL;
	*link = k;
	n->key_count++;
	return k->node;
}

static struct trie_node *
element_of(struct trie *t, struct trie_node *n)
{
	if (!n->element)
		n->element = new_node(t, n->level + 1);
	return n->element;
}

static struct trie_node *
json_of(struct trie *t, struct trie_node *n)
{
	if (!n->json)
		n->json = new_node(t, n->level);
	return n->json;
}

/* The guard of a select step on the elements of `n`, known or new. */
static const struct trie_guard *
guard_of(struct trie *t, struct trie_node *n, const struct path_step *step)
{
	struct trie_node *element = element_of(t, n), *member;
	const struct trie_guard *known;
	struct trie_guard *g;
	struct trie_test *test;

	for (known = n->guards; known; known = known->next)
		if (slice_equal(known->key, step->key) &&
			slice_equal(known->text, step->text))
			return known;
	member = element ? child_of(t, element, step->key) : NULL;
	g = arena_calloc(&t->arena, 1, sizeof(*g));
	test = arena_calloc(&t->arena, 1, sizeof(*test));
	if (!member || !g || !test || !copy_text(t, step->key, &g->key) ||
		!copy_text(t, step->text, &g->text))
		return NULL;
	g->id = (uint32_t)t->guards++;
	g->level = n->level;
	g->next = n->guards;
	n->guards = g;
	test->guard = g;
	test->next = member->tests;
	member->tests = test;
	return g;
}

static bool
same_guards(const struct trie_binding *a, const struct trie_binding *b)
{
	return a->guard_count == b->guard_count &&
	       (!a->guard_count ||
		       !memcmp(a->guards, b->guards,
			       a->guard_count * sizeof(*a->guards)));
}

/* The way with the guards through which a path comes to the JSON in `n`. */
static struct trie_binding *
way_of(struct trie *t, struct trie_node *n, const struct trie_binding *b)
{
	struct trie_binding *way;

	for (way = n->ways; way; way = way->next)
		if (same_guards(way, b))
			return way;
	way = arena_calloc(&t->arena, 1, sizeof(*way));
	if (!way)
		return NULL;
	*way = (struct trie_binding){.next = n->ways,
		.slot = SLOT_NONE,
		.each = LEVEL_NONE,
		.guard_count = b->guard_count,
		.guards = b->guards};
	n->ways = way;
	return way;
}

static bool
add_way(struct trie *t, struct trie_node *n, const struct trie_binding *b)
{
	struct trie_binding *way = way_of(t, n, b);
	struct trie_end *end = arena_calloc(&t->arena, 1, sizeof(*end));

	if (!way || !end)
		return false;
	*end = (struct trie_end){way->ends, b->slot};
	way->ends = end;
	way->readers |= b->readers;
	return true;
}

/* Follows one step from *n, noting in `b` what it goes through. */
static bool
follow(struct trie *t, const struct path_step *step, struct trie_node **n,
	struct trie_binding *b)
{
	const struct trie_guard *g;

	switch (step->kind) {
	case STEP_KEY: *n = child_of(t, *n, step->key); break;
	case STEP_EACH:
		b->each = (*n)->level;
		*n = element_of(t, *n);
		break;
	case STEP_SELECT:
		g = guard_of(t, *n, step);
		if (!g)
			return false;
		b->guards[b->guard_count++] = g;
		*n = (*n)->element;
		break;
	case STEP_JSON:
		if (!add_way(t, *n, b))
			return false;
		*n = json_of(t, *n);
		break;
	}
	return *n != NULL;
}

static bool
same_way(const struct trie_binding *a, const struct trie_binding *b)
{
	return a->each == b->each && same_guards(a, b);
}

enum lethe_status
trie_new(struct trie **out, struct lethe_error *err)
{
	struct trie *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (!t)
		return no_memory(err);
	arena_init(&t->arena, 0);
	t->top = new_node(t, 0);
	if (!t->top) {
		trie_free(t);
		return no_memory(err);
	}
	*out = t;
	return LETHE_OK;
}

void
trie_free(struct trie *t)
{
	if (!t)
		return;
	arena_fini(&t->arena);
	free(t->nodes);
	free(t);
}

enum lethe_status
trie_add_for(struct trie *t, const struct path *p, uint32_t slot,
	uint64_t readers, struct lethe_error *err)
{
	struct trie_binding *b = arena_calloc(&t->arena, 1, sizeof(*b));
	struct trie_node *n = t->top;
	size_t json = 0;

	bug_if(p->root != PATH_VALUE || t->sealed || slot == SLOT_NONE);
	if (!b)
		return no_memory(err);
	b->slot = slot;
	b->readers = readers;
	b->each = LEVEL_NONE;
	b->guards = arena_calloc(&t->arena, p->count + 1, sizeof(*b->guards));
	if (!b->guards)
		return no_memory(err);
	for (size_t i = 0; i < p->count; i++) {
		json += p->steps[i].kind == STEP_JSON;
		if (!follow(t, &p->steps[i], &n, b))
			return no_memory(err);
	}
	bug_if(p->count > PATH_STEPS_MAX || json > PATH_JSON_MAX);
	for (const struct trie_binding *o = n->bindings; o; o = o->next)
		if (same_way(o, b)) {
			bug_if(o->slot != slot);
			return LETHE_OK;
		}
	b->next = n->bindings;
	n->bindings = b;
	if (json > t->json)
		t->json = json;
	return LETHE_OK;
}

enum lethe_status
trie_add(struct trie *t, const struct path *p, uint32_t slot,
	struct lethe_error *err)
{
	return trie_add_for(t, p, slot, TRIE_EVERYONE, err);
}

static bool
build_table(struct trie *t, struct trie_node *n)
{
	struct trie_key *table;
	size_t size = 4;

	if (!n->key_count)
		return true;
	while (size < 2 * n->key_count)
		size *= 2;
	table = arena_calloc(&t->arena, size, sizeof(*table));
	if (!table)
		return false;
	for (struct trie_key *k = n->keys; k; k = k->next) {
		size_t i = k->print & (size - 1);

		while (table[i].node)
			i = (i + 1) & (size - 1);
		table[i] = *k;
		n->marks |= key_mark(k->print);
	}
	n->table = table;
	n->mask = size - 1;
	return true;
}

enum lethe_status
trie_seal(struct trie *t, uint32_t slots, struct lethe_error *err)
{
	bug_if(t->sealed);
	for (size_t i = 0; i < t->node_count; i++) {
		for (const struct trie_binding *b = t->nodes[i]->bindings; b;
			b = b->next)
			bug_if(b->slot >= slots);
		if (!build_table(t, t->nodes[i]))
			return no_memory(err);
	}
	t->slots = slots;
	t->sealed = true;
	return LETHE_OK;
}

uint32_t
trie_slots(const struct trie *t)
{
	return t->slots;
}

const struct trie_node *
trie_top(const struct trie *t)
{
	bug_if(!t->sealed);
	return t->top;
}

size_t
trie_guards(const struct trie *t)
{
	return t->guards;
}

size_t
trie_json(const struct trie *t)
{
	return t->json;
}
