#include "policy/parse/parse.h"

#include "policy/parse/schema.h"

static bool
is_as_byte(uint8_t c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && ((c >= '0' && c <= '9') || c == '-'));
}

/* One key of `as` off the front; false when none stands there. */
static bool
take_as_key(struct slice *text, struct slice *key)
{
	size_t i = 0;

	while (i < text->len && i < 64 && is_as_byte(text->ptr[i], i == 0))
		i++;
	*key = slice_make(text->ptr, i);
	*text = slice_make(text->ptr + i, text->len - i);
	return i > 0;
}

static bool
split_as(struct slice text, struct as_path *out)
{
	*out = (struct as_path){.list = SIZE_MAX};
	for (;;) {
		if (out->count == AS_KEYS_MAX ||
			!take_as_key(&text, &out->keys[out->count]))
			return false;
		if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[1] == ']') {
			if (out->list != SIZE_MAX)
				return false;
			out->list = out->count;
			text = slice_make(text.ptr + 2, text.len - 2);
		}
		out->count++;
		if (!text.len)
			return true;
		if (text.ptr[0] != '.')
			return false;
		text = slice_make(text.ptr + 1, text.len - 1);
	}
}

static bool
is_reserved(const struct as_path *as)
{
	struct slice first = as->keys[0];

	for (size_t i = 0; i < as->count; i++) {
		struct slice key = as->keys[i];

		/* An object of the name would stand where a token does. */
		if (key.len > 4 && !memcmp(key.ptr + key.len - 4, "_was", 4))
			return true;
	}
	return slice_is(first, "subject") || slice_is(first, "id");
}

struct as_path
parse_as(struct draft *d, const struct yaml_node *n)
{
	const struct as_path none = {.list = SIZE_MAX};
	struct as_path as;

	if (!is_text(d, n, "`as`"))
		return none;
	if (!split_as(n->text, &as)) {
		mistake(d, n, NULL,
			"sku, order.total, items[].sku or tags[]; one [] at "
			"most",
			"`as` cannot be `%.*s`", SHOW(n->text));
		return none;
	}
	if (is_reserved(&as)) {
		mistake(d, n,
			"`subject`, `id` and names that end in `_was` are "
			"lethe's own",
			"another name", "`as: %.*s` is reserved",
			SHOW(n->text));
		return none;
	}
	return as;
}

static void
read_for(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_field *f)
{
	const struct yaml_node *n =
		need(d, map, where, "for", "for: [the purposes it is for]");
	size_t purpose;

	if (!n || !is_list(d, n, say(d, "`for` of %s", where)))
		return;
	for (size_t i = 0; i < n->count; i++) {
		if (!read_reference(d, n->items[i], "purpose", d->purpose_names,
			    &purpose))
			continue;
		if (f->purposes >> purpose & 1)
			mistake(d, n->items[i], NULL, NULL,
				"`%s` stands twice in `for` of %s",
				d->purpose_names[purpose], where);
		f->purposes |= UINT64_C(1) << purpose;
	}
}

static void
check_why(struct draft *d, const struct yaml_node *map, const char *where)
{
	const struct yaml_node *n = yaml_get(map, "why");

	if (!n && !is_misspelt(d, map, "why"))
		mistake(d, owner(map), "a value leaves only with a reason",
			"why: what this purpose needs it for",
			"%s has no `why`", where);
	if (n && !is_text(d, n, say(d, "`why` of %s", where)))
		return;
	n = yaml_get(map, "ticket");
	if (n && !is_text(d, n, say(d, "`ticket` of %s", where)))
		return;
}

static void
read_field(struct draft *d, const struct yaml_node *map, size_t index)
{
	struct policy_field *f = &d->fields[index];
	struct field_draft *draft = &d->field_drafts[index];
	const struct yaml_node *n;
	const char *where = say(d, "field %zu", index + 1);

	draft->node = map;
	f->line = map->line;
	f->column = map->column;
	f->as = "";
	if (!is_map(d, map, where))
		return;
	n = yaml_get(map, "as");
	if (n && n->kind == YAML_SCALAR && n->text.len) {
		f->as = take_text(d, n->text);
		where = say(d, "field `%.*s`", SHOW(n->text));
	}
	draft->ok = parse_transform(d, map, where, f);
	n = need(d, map, where, "as", "as: its name in the record");
	if (n)
		draft->as = parse_as(d, n);
	read_for(d, map, where, f);
	f->all_events = !parse_on(d, map, where, &f->on);
	check_why(d, map, where);
	n = yaml_get(map, "required");
	if (n && !read_bool(
			 d, n, say(d, "`required` of %s", where), &f->required))
		f->required = false;
	f->has_path = f->at != NULL;
	if (!f->at)
		f->at = take(d, d->p->input_count, sizeof(*f->at));
	f->each = draft->as.count && draft->as.list != SIZE_MAX;
}

void
parse_fields(struct draft *d, const struct yaml_node *root)
{
	struct lethe_policy *p = d->p;
	const struct yaml_node *n = need(d, root, "the policy", "fields",
		"fields: [{ do: event, as: event, for: [...], why: ... }]");

	if (!n || !is_list(d, n, "`fields`"))
		return;
	p->field_count = n->count;
	d->fields = take(d, n->count, sizeof(*d->fields));
	d->field_drafts = take(d, n->count, sizeof(*d->field_drafts));
	p->fields = d->fields;
	for (size_t i = 0; i < n->count; i++)
		read_field(d, n->items[i], i);
}
