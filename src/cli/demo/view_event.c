#include "cli/demo/view.h"

#include "event/writer.h"
#include "text/utf8.h"

#define CELL_BYTES 512
#define PURPOSES_SHOWN 4

enum paint {
	PAINT_NONE,
	PAINT_KEPT,
	PAINT_CHANGED,
	PAINT_TOKEN,
	PAINT_DROPPED,
};

static const char *const paints[] = {
	"", "\033[32m", "\033[33m", "\033[36m", "\033[2;31m"};

/* Puts a text into `width` columns, cut or filled; columns are code points. */
static void
put_cell(struct buf *out, struct slice text, unsigned width, const char *paint)
{
	unsigned used = 0;
	size_t at = 0;

	buf_put_text(out, paint);
	while (at < text.len) {
		size_t len = 1;

		while (at + len < text.len &&
			(text.ptr[at + len] & 0xc0) == 0x80)
			len++;
		if (used + 1 == width && at + len < text.len) {
			buf_put_text(out, "…");
			used++;
			break;
		}
		if (used == width)
			break;
		buf_put(out, text.ptr + at, len);
		at += len;
		used++;
	}
	if (*paint)
		buf_put_text(out, "\033[0m");
	while (used++ < width)
		buf_put_byte(out, ' ');
	buf_put_byte(out, ' ');
}

static void
put_scalar(struct buf *out, const struct value *v)
{
	struct writer w;

	switch (v->kind) {
	case VALUE_STRING:
		if (utf8_printable(v->text))
			buf_put_slice(out, v->text);
		else
			buf_put_text(out, "(unprintable)");
		return;
	case VALUE_NULL:
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_NUMBER:
		writer_init(&w, FORMAT_JSON, out);
		write_value(&w, v);
		return;
	case VALUE_ARRAY: buf_printf(out, "[%zu]", v->count); return;
	case VALUE_OBJECT: buf_printf(out, "{%zu}", v->count); return;
	case VALUE_ABSENT:
	case VALUE_HUGE:
	case VALUE_OTHER: break;
	}
	buf_printf(out, "(%s)", value_kind_name(v->kind));
}

static enum paint
paint_of(const struct explained_use *u)
{
	if (u->field == LETHE_NO_FIELD || u->what == TRANSFORM_TOKEN)
		return PAINT_TOKEN;
	if (u->what == TRANSFORM_KEEP || u->what == TRANSFORM_ONE_OF)
		return PAINT_KEPT;
	return PAINT_CHANGED;
}

/* What one purpose got of one leaf; the first thing, if there are several. */
static const struct explained_use *
find_sent(const struct explained_leaf *leaf, size_t purpose)
{
	for (size_t i = 0; i < leaf->use_count; i++)
		if (leaf->uses[i].fate == FATE_SENT &&
			leaf->uses[i].purpose == purpose)
			return &leaf->uses[i];
	return NULL;
}

static bool
was_sent(const struct explained_leaf *leaf)
{
	for (size_t i = 0; i < leaf->use_count; i++)
		if (leaf->uses[i].fate == FATE_SENT)
			return true;
	return false;
}

struct columns {
	unsigned raw, each;
	size_t purposes;
	bool colour;
};

static void
put_got(struct buf *out, const struct view_facts *f, const struct columns *c,
	const struct explained_use *use, struct buf *text)
{
	buf_reset(text);
	if (!use) {
		put_cell(out, slice_of("·"), c->each,
			c->colour ? paints[PAINT_DROPPED] : "");
		return;
	}
	buf_printf(text, "%s ",
		use->field == LETHE_NO_FIELD
			? "subject"
			: f->policy->fields[use->field].as);
	put_scalar(text, &use->out);
	put_cell(out, buf_slice(text), c->each,
		c->colour ? paints[paint_of(use)] : "");
}

static void
put_leaf(struct buf *out, const struct view_facts *f, const struct columns *c,
	const struct explained_leaf *leaf, struct buf *text)
{
	const char *path = leaf->spelt;

	buf_reset(text);
	if (!strncmp(path, "$.", 2))
		path += 2;
	buf_printf(text, "%s ", path);
	put_scalar(text, &leaf->value);
	put_cell(out, buf_slice(text), c->raw,
		c->colour && !was_sent(leaf) ? "\033[2m" : "");
	for (size_t p = 0; p < c->purposes; p++)
		put_got(out, f, c, find_sent(leaf, p), text);
	buf_put_byte(out, '\n');
}

static void
put_head(struct buf *out, const struct view_facts *f, const struct columns *c)
{
	const char *bold = c->colour ? "\033[1m" : "";

	put_cell(out, slice_of("raw event"), c->raw, bold);
	for (size_t p = 0; p < c->purposes; p++)
		put_cell(out, slice_of(f->policy->purposes[p].name), c->each,
			bold);
	buf_put_byte(out, '\n');
	put_cell(out, slice_of(f->event->event ? f->event->event : "-"), c->raw,
		c->colour ? "\033[2m" : "");
	for (size_t p = 0; p < c->purposes; p++) {
		enum lethe_reason reason = f->event->purposes[p].reason;

		put_cell(out,
			slice_of(reason == LETHE_REASON_NONE
					 ? "a record"
					 : lethe_reason_name(reason)),
			c->each, c->colour ? "\033[2m" : "");
	}
	buf_put_byte(out, '\n');
}

/* The leaves of which something left come first. */
static unsigned
put_leaves(struct buf *out, const struct view_facts *f, const struct columns *c,
	bool sent, unsigned rows)
{
	unsigned used = 0;
	struct buf text;

	buf_init(&text, CELL_BYTES * 64);
	for (size_t i = 0; i < f->event->leaf_count && used < rows; i++) {
		if (was_sent(&f->event->leaves[i]) != sent)
			continue;
		put_leaf(out, f, c, &f->event->leaves[i], &text);
		used++;
	}
	buf_fini(&text);
	return used;
}

void
view_event(const struct view_facts *f, bool colour, unsigned columns,
	unsigned rows, struct buf *out)
{
	struct columns c = {.colour = colour};
	unsigned used;

	c.purposes = f->event->purpose_count;
	if (c.purposes > PURPOSES_SHOWN)
		c.purposes = PURPOSES_SHOWN;
	c.raw = columns * 2 / 5;
	c.each = c.purposes ? (columns - c.raw - 1) / (unsigned)c.purposes : 1;
	c.each = c.each > 1 ? c.each - 1 : 1;
	if (rows < 4)
		return;
	put_head(out, f, &c);
	used = 3 + put_leaves(out, f, &c, true, rows - 3);
	used += put_leaves(out, f, &c, false, rows - used);
	if (f->event->leaf_count + 3 > used)
		buf_printf(out, "… and %zu more\n",
			f->event->leaf_count + 3 - used);
}
