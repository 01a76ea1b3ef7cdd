#include "policy/compile.h"

#include "base/buf.h"
#include "crypto/token.h"
#include "event/writer.h"

/* An out_node while it grows. */
struct branch {
	struct out_node node;
	struct branch *first, *last, *next;
};

static struct branch *
add_branch(struct draft *d, struct branch *up, struct slice key,
	enum out_kind kind)
{
	struct branch *b = take(d, 1, sizeof(*b));

	b->node.key = key;
	b->node.kind = kind;
	b->node.field = SIZE_MAX;
	if (up->last)
		up->last->next = b;
	else
		up->first = b;
	up->last = b;
	up->node.child_count++;
	return b;
}

static struct branch *
find_branch(const struct branch *up, struct slice key)
{
	for (struct branch *b = up->first; b; b = b->next)
		if (slice_equal(b->node.key, key))
			return b;
	return NULL;
}

static const char *
kind_text(enum out_kind kind)
{
	static const char *const texts[] = {
		[OUT_FIELD] = "a value",
		[OUT_OBJECT] = "an object",
		[OUT_LIST] = "a list",
	};

	return texts[kind];
}

static const struct yaml_node *
as_node(const struct draft *d, size_t field)
{
	return yaml_get(d->field_drafts[field].node, "as");
}

/* Two fields that a record has no room for side by side. */
static bool
refuse_clash(struct draft *d, const struct branch *old, enum out_kind kind,
	size_t field, size_t purpose)
{
	if (kind == OUT_FIELD && old->node.kind == OUT_FIELD)
		mistake(d, as_node(d, field), NULL, "another name for one",
			"two fields of the purpose `%s` are named `%s`",
			d->purpose_names[purpose], d->fields[field].as);
	else
		mistake(d, as_node(d, field), NULL, "another name for one",
			"in the purpose `%s`, `%.*s` is both %s and %s",
			d->purpose_names[purpose], SHOW(old->node.key),
			kind_text(old->node.kind), kind_text(kind));
	return false;
}

/* Elements of one list are merged by index, so of one array. */
static bool
check_list(struct draft *d, struct branch *list, size_t field)
{
	const struct policy_field *f = &d->fields[field], *g;
	size_t other = list->node.field;

	if (other == SIZE_MAX) {
		list->node.field = field;
		return true;
	}
	g = &d->fields[other];
	for (size_t i = 0; i < d->p->input_count; i++)
		if (f->at[i].is && g->at[i].is &&
			f->at[i].container != SLOT_NONE &&
			g->at[i].container != SLOT_NONE &&
			f->at[i].container != g->at[i].container) {
			mistake(d, as_node(d, field),
				"elements are put together by their number",
				"another name for one of the lists",
				"fields `%s` and `%s` come from different "
				"arrays",
				g->as, f->as);
			return false;
		}
	return true;
}

static bool
insert(struct draft *d, struct branch *root, size_t field, size_t purpose)
{
	const struct as_path *as = &d->field_drafts[field].as;
	struct branch *at = root, *found;

	for (size_t i = 0; i < as->count; i++) {
		bool last = i + 1 == as->count, list = i == as->list;
		enum out_kind kind = list   ? OUT_LIST
				     : last ? OUT_FIELD
					    : OUT_OBJECT;

		found = find_branch(at, as->keys[i]);
		if (found && (found->node.kind != kind || (last && !list)))
			return refuse_clash(d, found, kind, field, purpose);
		at = found ? found : add_branch(d, at, as->keys[i], kind);
		if (list && !check_list(d, at, field))
			return false;
		if (!list || (!last && !find_branch(at, slice_of(""))))
			continue;
		/* A list of scalars has one child without a key. */
		if (at->first) {
			mistake(d, as_node(d, field), NULL,
				"another name for one",
				"in the purpose `%s`, `%.*s[]` is a list of "
				"values twice, or of values and of objects",
				d->purpose_names[purpose], SHOW(as->keys[i]));
			return false;
		}
		at = add_branch(d, at, slice_of(""), OUT_FIELD);
	}
	at->node.field = field;
	return true;
}

static struct slice
json_form(struct draft *d, struct slice key)
{
	uint8_t *copy;

	buf_reset(&d->text);
	json_key(&d->text, key);
	if (d->text.full)
		give_up(d, LETHE_ENOMEM);
	copy = take(d, d->text.len, 1);
	memcpy(copy, d->text.ptr, d->text.len);
	return slice_make(copy, d->text.len);
}

static bool
is_token(const struct draft *d, const struct out_node *n)
{
	return n->kind == OUT_FIELD &&
	       d->fields[n->field].what.kind == TRANSFORM_TOKEN;
}

static struct out_node
freeze(struct draft *d, const struct branch *b)
{
	struct out_node node = b->node;
	struct out_node *children =
		take(d, node.child_count, sizeof(*children));
	size_t i = 0;

	for (const struct branch *c = b->first; c; c = c->next)
		children[i++] = freeze(d, c);
	node.children = children;
	node.json = json_form(d, node.key);
	if (is_token(d, &node)) {
		node.was = slice_of(say(d, "%.*s_was", (int)node.key.len,
			(const char *)node.key.ptr));
		node.was_json = json_form(d, node.was);
	}
	return node;
}

static const char *
value_type(const struct value *v)
{
	return v->kind == VALUE_BOOL	 ? "boolean"
	       : v->kind == VALUE_INT	 ? "integer"
	       : v->kind == VALUE_NUMBER ? "number"
					 : "string";
}

static void
put_type(struct buf *out, const struct transform *t)
{
	static const char *const kept[] = {
		[KEEP_STRING] = "string",
		[KEEP_INTEGER] = "integer",
		[KEEP_NUMBER] = "number",
		[KEEP_BOOLEAN] = "boolean",
	};
	static const char *const orders[] = {
		"boolean", "integer", "number", "string"};

	switch (t->kind) {
	case TRANSFORM_KEEP: buf_put_text(out, kept[t->keep.type]); break;
	case TRANSFORM_ONE_OF:
		for (size_t k = 0; k < 4; k++)
			for (size_t i = 0; i < t->one_of.count; i++)
				if (!strcmp(value_type(&t->one_of.values[i]),
					    orders[k])) {
					buf_put_text(out, orders[k]);
					break;
				}
		break;
	case TRANSFORM_ROUND:
	case TRANSFORM_GEO: buf_put_text(out, "number"); break;
	case TRANSFORM_COUNT: buf_put_text(out, "integer"); break;
	case TRANSFORM_EXISTS: buf_put_text(out, "boolean"); break;
	case TRANSFORM_CONSTANT:
		buf_put_text(out, value_type(&t->constant.value));
		break;
	case TRANSFORM_EVENT:
	case TRANSFORM_TOKEN:
	case TRANSFORM_TIME:
	case TRANSFORM_BUCKET:
	case TRANSFORM_URL:
	case TRANSFORM_PREFIX:
	case TRANSFORM_FAMILY:
	case TRANSFORM_COUNT_: buf_put_text(out, "string"); break;
	}
}

static int
compare_keys(const void *x, const void *y)
{
	struct slice a = (*(const struct out_node *const *)x)->key;
	struct slice b = (*(const struct out_node *const *)y)->key;
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/*
 * Names in the order of their bytes, so that moving a line changes nothing.
 * What stands beside a token in an overlap is always there: a rotation changes
 * no shape.
 */
static void
put_shape(struct draft *d, struct buf *out, const struct out_node *node)
{
	const struct out_node **order;

	if (node->kind == OUT_FIELD) {
		put_type(out, &d->fields[node->field].what);
		return;
	}
	order = take(d, node->child_count, sizeof(*order));
	for (size_t i = 0; i < node->child_count; i++)
		order[i] = &node->children[i];
	qsort(order, node->child_count, sizeof(*order), compare_keys);
	buf_put_text(out, node->kind == OUT_LIST ? "[" : "{");
	for (size_t i = 0; i < node->child_count; i++) {
		buf_put_slice(out, order[i]->key);
		buf_put_byte(out, ':');
		put_shape(d, out, order[i]);
		buf_put_byte(out, ';');
		if (!is_token(d, order[i]))
			continue;
		buf_put_slice(out, order[i]->was);
		buf_put_text(out, ":string;");
	}
	buf_put_text(out, node->kind == OUT_LIST ? "]" : "}");
}

static void
digest_shape(struct draft *d, struct policy_purpose *p)
{
	uint8_t sum[DIGEST_BYTES];
	struct buf *text = &d->text;

	buf_reset(text);
	buf_put_text(text, "lethe shape 2\n");
	buf_put_text(text, p->format == FORMAT_JSON ? "json\n" : "msgpack\n");
	if (p->identity_count)
		buf_put_text(text, "subject:string;subject_was:string;");
	if (p->id)
		buf_put_text(text, "id:string;id_was:string;");
	put_shape(d, text, &p->shape);
	if (text->full)
		give_up(d, LETHE_ENOMEM);
	digest(buf_slice(text), sum);
	hex_text(sum, sizeof(sum), p->shape_digest);
}

void
build_shapes(struct draft *d)
{
	bool *told = take(d, d->p->field_count, sizeof(*told));

	for (size_t i = 0; i < d->p->purpose_count; i++) {
		struct branch root = {.node = {.kind = OUT_OBJECT}};
		size_t errors = d->m.errors;

		for (size_t f = 0; f < d->p->field_count; f++)
			if (d->fields[f].purposes >> i & 1 &&
				d->field_drafts[f].as.count && !told[f])
				told[f] = !insert(d, &root, f, i);
		if (d->m.errors != errors)
			continue;
		d->purposes[i].shape = freeze(d, &root);
	}
	if (d->m.errors)
		return;
	for (size_t i = 0; i < d->p->purpose_count; i++)
		digest_shape(d, &d->purposes[i]);
}
