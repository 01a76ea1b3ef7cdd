#include "engine/explain/leaves.h"

#include "text/utf8.h"

void
leaves_init(struct leaves *l, struct arena *a, size_t slots)
{
	*l = (struct leaves){.a = a, .last = &l->first, .slots = slots};
	l->seen = arena_calloc(a, slots, sizeof(*l->seen));
	l->full = !l->seen;
}

static bool
is_simple(struct slice key)
{
	for (size_t i = 0; i < key.len; i++) {
		uint8_t c = key.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    c == '_' || c == '$' ||
			    (i && c >= '0' && c <= '9')))
			return false;
	}
	return key.len > 0;
}

/* A key in quotes; what a terminal might obey is shown as \xNN. */
static void
put_quoted(struct buf *out, struct slice key)
{
	bool printable = utf8_printable(key);

	buf_put_text(out, "[\"");
	for (size_t i = 0; i < key.len; i++) {
		uint8_t c = key.ptr[i];

		if (c == '"' || c == '\\')
			buf_put_byte(out, '\\');
		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !printable))
			buf_printf(out, "\\x%02x", c);
		else
			buf_put_byte(out, c);
	}
	buf_put_text(out, "\"]");
}

static void
put_step(struct buf *out, const struct leaf_step *step, bool spelt)
{
	switch (step->kind) {
	case LEAF_ELEMENT: buf_printf(out, "[%u]", step->position); return;
	case LEAF_JSON: buf_put_text(out, ":json"); return;
	case LEAF_KEY: break;
	}
	if (!spelt && !step->named) {
		buf_printf(out, ".<%u>", step->position);
	} else if (is_simple(step->key)) {
		buf_put_byte(out, '.');
		buf_put_slice(out, step->key);
	} else {
		put_quoted(out, step->key);
	}
}

static const char *
path_text(struct leaves *l, const struct leaf_step *steps, size_t depth,
	bool spelt)
{
	struct buf text;
	char *copy = NULL;

	buf_init(&text, 0);
	buf_put_byte(&text, '$');
	for (size_t i = 0; i < depth; i++)
		put_step(&text, &steps[i], spelt);
	if (!text.full)
		copy = arena_strndup(l->a, text.ptr, text.len);
	buf_fini(&text);
	l->full |= !copy;
	return copy;
}

struct value
leaves_keep(struct leaves *l, const struct value *v)
{
	struct value kept = *v;

	if (v->kind != VALUE_STRING)
		return kept;
	kept.text.ptr =
		(const uint8_t *)arena_strndup(l->a, v->text.ptr, v->text.len);
	l->full |= !kept.text.ptr;
	return kept;
}

static struct leaf_row *
add_row(struct leaves *l, const char *path, const char *spelt,
	const struct value *value)
{
	struct leaf_row *row = arena_calloc(l->a, 1, sizeof(*row));

	l->full |= !row;
	if (l->full)
		return NULL;
	row->leaf = (struct explained_leaf){
		.path = path, .spelt = spelt, .value = leaves_keep(l, value)};
	row->last_use = &row->first_use;
	*l->last = row;
	l->last = &row->next;
	l->count++;
	return row;
}

void
leaves_add(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *value, const uint32_t *slots, size_t slot_count)
{
	struct leaves *l = ctx;
	const char *path = path_text(l, steps, depth, false);
	const char *spelt = path_text(l, steps, depth, true);
	struct leaf_row *row = add_row(l, path, spelt, value);

	if (!row)
		return;
	row->slots = arena_calloc(l->a, slot_count, sizeof(*row->slots));
	row->ordinals = arena_calloc(l->a, slot_count, sizeof(*row->slots));
	if (!row->slots || !row->ordinals) {
		l->full = true;
		return;
	}
	row->slot_count = slot_count;
	for (size_t i = 0; i < slot_count; i++) {
		row->slots[i] = slots[i];
		row->ordinals[i] = l->seen[slots[i]]++;
	}
}

struct leaf_row *
leaves_add_named(struct leaves *l, const char *path, const struct value *value)
{
	for (struct leaf_row *row = l->first; row; row = row->next)
		if (!row->slot_count && !strcmp(row->leaf.path, path))
			return row;
	return add_row(l, path, path, value);
}

void
leaves_use(
	struct leaves *l, struct leaf_row *row, const struct explained_use *use)
{
	struct use_row *u;

	if (!row)
		return;
	u = arena_calloc(l->a, 1, sizeof(*u));
	if (!u) {
		l->full = true;
		return;
	}
	u->use = *use;
	u->use.out = leaves_keep(l, &use->out);
	*row->last_use = u;
	row->last_use = &u->next;
	row->leaf.use_count++;
}

/* A container that is no leaf was told of for its slot; unused, its leaves
   say it all. */
static bool
is_shown(const struct leaf_row *row)
{
	const struct value *v = &row->leaf.value;
	bool container = v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT;

	return row->leaf.use_count || !container || !v->count;
}

bool
leaves_finish(struct leaves *l, struct explanation *out)
{
	size_t n = 0;

	out->leaves = arena_calloc(l->a, l->count, sizeof(*out->leaves));
	if (!out->leaves || l->full)
		return false;
	for (struct leaf_row *row = l->first; row; row = row->next) {
		size_t i = 0;

		if (!is_shown(row))
			continue;
		row->leaf.uses = arena_calloc(
			l->a, row->leaf.use_count, sizeof(*row->leaf.uses));
		if (!row->leaf.uses)
			return false;
		for (struct use_row *u = row->first_use; u; u = u->next)
			row->leaf.uses[i++] = u->use;
		out->leaves[n++] = row->leaf;
	}
	out->leaf_count = n;
	return true;
}
