#include "yaml/yaml.h"

#include <yaml.h>

#define DEPTH_MAX 32
#define MEMBERS_MAX 4096

struct build {
	struct arena *a;
	struct mistakes *m;
	yaml_parser_t parser;
	yaml_event_t event; /* the one in hand */
	bool failed;	    /* the rest cannot be read */
	bool cut;	    /* something was left out */
};

static void
add(struct build *b, unsigned line, unsigned column, const char *what,
	const char *why, const char *instead)
{
	mistake_add(b->m, false, line, column, what, why, instead);
}

static unsigned
event_line(const struct build *b)
{
	return (unsigned)b->event.start_mark.line + 1;
}

static unsigned
event_column(const struct build *b)
{
	return (unsigned)b->event.start_mark.column + 1;
}

/* The place of a byte, for errors that libyaml gives no mark with. */
static void
place_of(struct slice text, size_t offset, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset && i < text.len; i++) {
		if (text.ptr[i] == '\n') {
			++*line;
			*column = 1;
		} else if ((text.ptr[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

/* Whether a tab stands before the first word of a line, counted from 1. */
static bool
has_tab_indent(struct slice text, unsigned line)
{
	size_t i = 0;

	while (line > 1 && i < text.len)
		line -= text.ptr[i++] == '\n';
	while (i < text.len && text.ptr[i] == ' ')
		i++;
	return i < text.len && text.ptr[i] == '\t';
}

static void
add_syntax(struct build *b, struct slice text)
{
	const yaml_parser_t *p = &b->parser;
	unsigned line = (unsigned)p->problem_mark.line + 1;
	unsigned column = (unsigned)p->problem_mark.column + 1;
	struct buf what;

	buf_init(&what, 0);
	if (p->error == YAML_READER_ERROR) {
		place_of(text, p->problem_offset, &line, &column);
		add(b, line, column, "a byte that no text may hold", p->problem,
			"the file as UTF-8, without control characters");
	} else if (p->error == YAML_SCANNER_ERROR &&
		   has_tab_indent(text, line)) {
		add(b, line, column, "a tab before the first word of a line",
			"YAML is indented by spaces alone", "spaces");
	} else if (p->error != YAML_NO_ERROR && p->error != YAML_MEMORY_ERROR) {
		buf_printf(&what, "not YAML: %s",
			p->problem ? p->problem : "cannot be read");
		buf_put_byte(&what, 0);
		add(b, line, column,
			what.full ? "not YAML" : (const char *)what.ptr,
			p->context, NULL);
	}
	buf_fini(&what);
}

/* Takes the next event; false at the first that cannot be read. */
static bool
next(struct build *b)
{
	yaml_event_delete(&b->event);
	memset(&b->event, 0, sizeof(b->event));
	if (!b->failed && !yaml_parser_parse(&b->parser, &b->event))
		b->failed = true;
	return !b->failed;
}

static void
refuse_tag(struct build *b, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		add(b, event_line(b), event_column(b),
			"anchors are not allowed",
			"what a line says must stand on that line",
			"the value itself, each time");
	if (tag)
		add(b, event_line(b), event_column(b), "tags are not allowed",
			"types follow from the key, not from the file",
			"the value without the tag; in quotes when it is text");
}

static struct yaml_node *
new_node(struct build *b, enum yaml_kind kind)
{
	struct yaml_node *n = arena_calloc(b->a, 1, sizeof(*n));

	if (!n) {
		b->failed = b->m->lost = true;
		return NULL;
	}
	n->kind = kind;
	n->line = event_line(b);
	n->column = event_column(b);
	return n;
}

/* Room for one more of `size` bytes behind `count` in a growing array. */
static void *
grow(struct build *b, void *array, size_t count, size_t size)
{
	void *more;

	if (count & (count - 1) && count)
		return array;
	if (count == 0)
		more = arena_alloc(b->a, size);
	else
		more = arena_alloc(b->a, 2 * count * size);
	if (!more)
		b->failed = b->m->lost = true;
	else if (count)
		memcpy(more, array, count * size);
	return more;
}

static struct yaml_node *
read_scalar(struct build *b)
{
	struct yaml_node *n = new_node(b, YAML_SCALAR);
	const char *text;

	if (!n)
		return NULL;
	refuse_tag(b, b->event.data.scalar.anchor, b->event.data.scalar.tag);
	text = arena_strndup(
		b->a, b->event.data.scalar.value, b->event.data.scalar.length);
	if (!text) {
		b->failed = b->m->lost = true;
		return NULL;
	}
	n->text = slice_make(text, b->event.data.scalar.length);
	n->plain = b->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return n;
}

static const struct yaml_entry *
find_entry(const struct yaml_node *map, struct slice key)
{
	for (size_t i = 0; i < map->count; i++)
		if (slice_equal(map->entries[i].key->text, key))
			return &map->entries[i];
	return NULL;
}

#define SHOWN_MAX 64 /* bytes of a name in a message */

static void
add_doubled(struct build *b, const struct yaml_node *key,
	const struct yaml_node *old)
{
	struct buf what, why;

	buf_init(&what, 0);
	buf_init(&why, 0);
	buf_printf(&what, "`%.*s` stands here twice%c",
		(int)(key->text.len < SHOWN_MAX ? key->text.len : SHOWN_MAX),
		(const char *)key->text.ptr, 0);
	buf_printf(&why, "line %u has it already%c", old->line, 0);
	if (!what.full && !why.full)
		add(b, key->line, key->column, (const char *)what.ptr,
			(const char *)why.ptr, "one of the two");
	buf_fini(&what);
	buf_fini(&why);
}

static struct yaml_node *read_node(struct build *b, unsigned depth);

static struct yaml_node *
read_list(struct build *b, unsigned depth)
{
	struct yaml_node *n = new_node(b, YAML_LIST);

	if (!n)
		return NULL;
	refuse_tag(b, b->event.data.sequence_start.anchor,
		b->event.data.sequence_start.tag);
	while (next(b) && b->event.type != YAML_SEQUENCE_END_EVENT) {
		struct yaml_node *item = read_node(b, depth + 1);

		if (!item)
			continue;
		if (n->count == MEMBERS_MAX) {
			add(b, item->line, item->column,
				"a list of more than 4096 items", NULL,
				"a shorter list");
			b->failed = true;
			break;
		}
		n->items = grow(b, n->items, n->count, sizeof(*n->items));
		if (n->items)
			n->items[n->count++] = item;
	}
	return n;
}

static void
add_entry(struct build *b, struct yaml_node *map, struct yaml_node *key,
	struct yaml_node *value)
{
	const struct yaml_entry *old = find_entry(map, key->text);

	if (old) {
		add_doubled(b, key, old->key);
		return;
	}
	if (map->count == MEMBERS_MAX) {
		add(b, key->line, key->column, "a map of more than 4096 keys",
			NULL, "a shorter map");
		b->failed = true;
		return;
	}
	map->entries = grow(b, map->entries, map->count, sizeof(*map->entries));
	if (map->entries)
		map->entries[map->count++] = (struct yaml_entry){key, value};
	value->key = key;
}

static struct yaml_node *
read_map(struct build *b, unsigned depth)
{
	struct yaml_node *n = new_node(b, YAML_MAP), *key, *value;

	if (!n)
		return NULL;
	refuse_tag(b, b->event.data.mapping_start.anchor,
		b->event.data.mapping_start.tag);
	while (next(b) && b->event.type != YAML_MAPPING_END_EVENT) {
		key = read_node(b, depth + 1);
		value = next(b) ? read_node(b, depth + 1) : NULL;
		if (key && key->kind != YAML_SCALAR) {
			b->cut = true;
			add(b, key->line, key->column, "a key that is no text",
				"every key of this file is a name or a path",
				"a name before the colon");
		} else if (key && value)
			add_entry(b, n, key, value);
	}
	return n;
}

/* A node from its first event; NULL when it is refused or unreadable. */
static struct yaml_node *
read_node(struct build *b, unsigned depth)
{
	if (b->failed)
		return NULL;
	if (depth > DEPTH_MAX) {
		add(b, event_line(b), event_column(b),
			"nested more than 32 levels deep", NULL,
			"a flatter file");
		b->failed = true;
		return NULL;
	}
	switch ((int)b->event.type) {
	case YAML_SCALAR_EVENT: return read_scalar(b);
	case YAML_SEQUENCE_START_EVENT: return read_list(b, depth);
	case YAML_MAPPING_START_EVENT: return read_map(b, depth);
	case YAML_ALIAS_EVENT:
		b->cut = true;
		add(b, event_line(b), event_column(b),
			"aliases are not allowed",
			"what a line says must stand on that line",
			"the value itself, each time");
		return NULL;
	default: b->failed = true; return NULL;
	}
}

/* The documents of the stream: exactly one. */
static struct yaml_node *
read_stream(struct build *b, struct slice text)
{
	struct yaml_node *root = NULL;

	while (next(b) && b->event.type != YAML_STREAM_END_EVENT) {
		if (b->event.type != YAML_DOCUMENT_START_EVENT)
			continue;
		if (root) {
			add(b, event_line(b), event_column(b),
				"a second document in one file",
				"only one of them could count",
				"one document, without `---`");
			root->cut = true;
			return root;
		}
		if (next(b))
			root = read_node(b, 1);
	}
	if (b->failed) {
		add_syntax(b, text);
		return NULL;
	}
	if (root && b->cut)
		root->cut = true;
	return root;
}

struct yaml_node *
yaml_parse(struct arena *a, struct slice text, struct mistakes *m)
{
	struct build b = {.a = a, .m = m};
	struct yaml_node *root;
	size_t before = m->errors;

	/* Editors put a byte order mark there; it says nothing in UTF-8. */
	if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3))
		text = slice_make(text.ptr + 3, text.len - 3);
	if (!yaml_parser_initialize(&b.parser)) {
		m->lost = true;
		return NULL;
	}
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser,
		text.len ? text.ptr : (const unsigned char *)"", text.len);
	root = read_stream(&b, text);
	if (b.parser.error == YAML_MEMORY_ERROR)
		m->lost = true;
	if (!root && m->errors == before && !m->lost)
		add(&b, 1, 1, "the file is empty", NULL, NULL);
	yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	return root;
}

struct yaml_node *
yaml_get(const struct yaml_node *map, const char *key)
{
	const struct yaml_entry *e;

	if (map->kind != YAML_MAP)
		return NULL;
	e = find_entry(map, slice_of(key));
	return e ? e->value : NULL;
}

bool
yaml_is_null(const struct yaml_node *n)
{
	return n->kind == YAML_SCALAR && n->plain &&
	       (!n->text.len || slice_is(n->text, "null") ||
		       slice_is(n->text, "~"));
}

bool
yaml_as_bool(const struct yaml_node *n, bool *out)
{
	if (n->kind != YAML_SCALAR || !n->plain)
		return false;
	*out = slice_is(n->text, "true");
	return *out || slice_is(n->text, "false");
}

bool
yaml_as_int(const struct yaml_node *n, int64_t *out)
{
	struct slice s = n->text;
	bool minus;
	uint64_t sum = 0;
	uint64_t limit;

	if (n->kind != YAML_SCALAR || !n->plain || !s.len)
		return false;
	minus = s.ptr[0] == '-';
	limit = (uint64_t)INT64_MAX + minus;
	if (s.len == minus)
		return false;
	for (size_t i = minus; i < s.len; i++) {
		unsigned digit = s.ptr[i] - (unsigned)'0';

		if (digit > 9 || sum > (limit - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*out = minus ? (int64_t)(0 - sum) : (int64_t)sum;
	return true;
}

const char *
yaml_library(void)
{
	static char text[48];

	(void)snprintf(
		text, sizeof(text), "libyaml %s", yaml_get_version_string());
	return text;
}
