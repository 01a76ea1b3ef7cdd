#include "policy/parse/place.h"

#include "policy/parse/schema.h"

static uint32_t
slot_for(struct draft *d, const struct path *path, uint64_t inputs,
	const struct yaml_node *n)
{
	uint32_t count = d->p->slot_count;

	for (uint32_t i = 0; i < count; i++)
		if (path_equal(&d->slots[i].path, path)) {
			d->slots[i].inputs |= inputs;
			return i;
		}
	d->slots =
		take_more(d, d->slots, count, &d->slots_cap, sizeof(*d->slots));
	d->slots[count] =
		(struct slot_row){.path = *path, .inputs = inputs, .node = n};
	return d->p->slot_count++;
}

static bool
parse_path(struct draft *d, const struct yaml_node *n, struct path *out)
{
	struct lethe_error err = {0};
	struct yaml_node at = *n;
	enum lethe_status status;

	status = path_parse(d->a, n->text, out, &err);
	if (status == LETHE_ENOMEM)
		give_up(d, LETHE_ENOMEM);
	if (!status)
		return true;
	if (!memchr(n->text.ptr, '\n', n->text.len))
		at.column += (unsigned)err.offset + !n->plain;
	mistake(d, &at, NULL, "such as $.a.b, $.a[\"odd key\"], $.items[*].sku",
		"the path `%.*s`: %s", SHOW(n->text), err.what);
	return false;
}

static bool
check_form(struct draft *d, const struct yaml_node *n, const struct path *p,
	unsigned may)
{
	if (p->each != SIZE_MAX && !(may & PLACE_EACH)) {
		mistake(d, n, "[*] names many values, and one is needed here",
			"the path of one value", "`%.*s` has [*]",
			SHOW(n->text));
		return false;
	}
	if (p->root != PATH_VALUE && (may & PLACE_VALUE)) {
		mistake(d, n, "what stands here is an object with keys",
			"a path that begins with $",
			"`%.*s` is no place inside the event", SHOW(n->text));
		return false;
	}
	if (p->root == PATH_VALUE && !p->count) {
		mistake(d, n, "no line takes a whole event",
			"the path of one value, such as $.a.b",
			"`%.*s` is the whole event", SHOW(n->text));
		return false;
	}
	return true;
}

bool
place_read(struct draft *d, const struct yaml_node *n, uint64_t inputs,
	unsigned may, struct place *out)
{
	struct path path, before;

	*out = (struct place){.slot = SLOT_NONE, .container = SLOT_NONE};
	if (!is_text(d, n, "a path") || !parse_path(d, n, &path) ||
		!check_form(d, n, &path, may))
		return false;
	out->is = true;
	out->root = path.root;
	out->text = take_text(d, n->text);
	out->line = n->line;
	out->column = n->column;
	if (path.root == PATH_HEADER) {
		out->header = take_text(d, path.header);
		d->p->reads_headers = true;
	}
	if (path.root != PATH_VALUE)
		return true;
	out->slot = slot_for(d, &path, inputs, n);
	if (path.each != SIZE_MAX) {
		before = path_prefix(&path, path.each);
		out->container = slot_for(d, &before, inputs, n);
	}
	return true;
}

/* `{ web: $.a, app: $.b }` */
static bool
read_by_input(struct draft *d, const struct yaml_node *map, unsigned may,
	struct place *out)
{
	bool ok = true;
	size_t input;

	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_entry *e = &map->entries[i];

		if (!read_reference(
			    d, e->key, "input", d->input_names, &input) ||
			!place_read(d, e->value, UINT64_C(1) << input, may,
				&out[input]))
			ok = false;
	}
	return ok;
}

struct place *
places_read(struct draft *d, const struct yaml_node *n, const char *what,
	unsigned may)
{
	size_t count = d->p->input_count;
	struct place *out = take(d, count, sizeof(*out));
	struct place one;

	for (size_t i = 0; i < count; i++)
		out[i].slot = out[i].container = SLOT_NONE;
	if (n->kind == YAML_MAP)
		return is_map(d, n, what) && read_by_input(d, n, may, out)
			       ? out
			       : NULL;
	if (n->kind != YAML_SCALAR) {
		mistake(d, n, NULL, "$.a.b, or { web: $.a, app: $.b }",
			"%s must be a path, or a map from inputs to paths",
			what);
		return NULL;
	}
	if (!place_read(d, n, ALL_INPUTS, may, &one))
		return NULL;
	for (size_t i = 0; i < count; i++)
		out[i] = one;
	return out;
}

const struct path *
place_path(const struct draft *d, const struct place *at)
{
	return &d->slots[at->slot].path;
}

static void
add_step(struct path *path, struct path_step step)
{
	path->steps[path->count++] = step;
}

struct place
place_below(
	struct draft *d, const struct place *at, struct slice key, bool each)
{
	struct slot_row above = d->slots[at->slot];
	struct path path = above.path;
	struct place out = *at;

	path.steps = take(d, path.count + 2, sizeof(*path.steps));
	memcpy(path.steps, above.path.steps, path.count * sizeof(*path.steps));
	add_step(&path, (struct path_step){.kind = STEP_KEY, .key = key});
	out.slot = slot_for(d, &path, above.inputs, above.node);
	if (!each)
		return out;
	out.container = out.slot;
	path.each = path.count;
	add_step(&path, (struct path_step){.kind = STEP_EACH});
	out.slot = slot_for(d, &path, above.inputs, above.node);
	return out;
}

static bool
is_element(const struct path_step *s)
{
	return s->kind == STEP_EACH || s->kind == STEP_SELECT;
}

/* One member has one value, so that two texts of it name two elements. */
static bool
steps_meet(const struct path_step *x, const struct path_step *y)
{
	if (!is_element(x) || !is_element(y))
		return x->kind == y->kind && slice_equal(x->key, y->key);
	return x->kind == STEP_EACH || y->kind == STEP_EACH ||
	       !slice_equal(x->key, y->key) || slice_equal(x->text, y->text);
}

bool
paths_meet(const struct path *x, const struct path *y, size_t steps)
{
	if (x->count < steps || y->count < steps)
		return false;
	for (size_t i = 0; i < steps; i++)
		if (!steps_meet(&x->steps[i], &y->steps[i]))
			return false;
	return true;
}

bool
places_meet(const struct draft *d, const struct place *x, const struct place *y)
{
	const struct path *path, *other;

	if (!x->is || !y->is || x->root != y->root)
		return false;
	if (x->root == PATH_HEADER)
		return !strcmp(x->header, y->header);
	if (x->root != PATH_VALUE)
		return true;
	path = place_path(d, x);
	other = place_path(d, y);
	return path->count == other->count &&
	       paths_meet(path, other, path->count);
}
