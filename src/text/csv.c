#include "text/csv.h"

void
csv_init(struct csv *c, struct slice text)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

	*c = (struct csv){.left = text, .next_line = 1};
	if (text.len >= sizeof(mark) && !memcmp(text.ptr, mark, sizeof(mark)))
		c->left = slice_make(text.ptr + 3, text.len - 3);
}

static void
skip(struct csv *c, size_t len)
{
	c->left = slice_make(c->left.ptr + len, c->left.len - len);
}

/* The rest of a line, with its end. */
static void
skip_line(struct csv *c)
{
	struct slice line;

	if (!slice_cut(&c->left, '\n', &line))
		skip(c, c->left.len);
	else
		c->next_line++;
}

/* Whether a field ends at this byte of the text. */
static bool
ends_field(struct slice s, size_t at)
{
	return at == s.len || s.ptr[at] == ',' || s.ptr[at] == '\n' ||
	       (s.ptr[at] == '\r' && at + 1 < s.len && s.ptr[at + 1] == '\n') ||
	       (s.ptr[at] == '\r' && at + 1 == s.len);
}

static enum csv_result
plain_field(struct csv *c, struct slice *out)
{
	size_t len = 0;

	while (!ends_field(c->left, len)) {
		if (c->left.ptr[len] == '"') {
			c->quote_line = c->next_line;
			return CSV_BROKEN;
		}
		len++;
	}
	*out = slice_make(c->left.ptr, len);
	skip(c, len);
	return CSV_ROW;
}

static bool
undouble(struct arena *a, struct slice *text)
{
	uint8_t *mine = arena_alloc(a, text->len);
	size_t len = 0;

	if (!mine)
		return false;
	for (size_t i = 0; i < text->len; i++) {
		mine[len++] = text->ptr[i];
		i += text->ptr[i] == '"';
	}
	*text = slice_make(mine, len);
	return true;
}

static enum csv_result
quoted_field(struct csv *c, struct arena *a, struct slice *out)
{
	struct slice s = c->left;
	bool doubled = false;
	size_t at = 1;

	c->quote_line = c->next_line;
	for (; at < s.len; at++) {
		if (s.ptr[at] == '\n')
			c->next_line++;
		if (s.ptr[at] != '"')
			continue;
		if (at + 1 < s.len && s.ptr[at + 1] == '"') {
			doubled = true;
			at++;
			continue;
		}
		break;
	}
	if (at >= s.len) {
		skip(c, s.len);
		return CSV_UNENDED;
	}
	*out = slice_make(s.ptr + 1, at - 1);
	skip(c, at + 1);
	if (!ends_field(c->left, 0))
		return CSV_BROKEN;
	return !doubled || undouble(a, out) ? CSV_ROW : CSV_NO_MEMORY;
}

static bool
skip_empty(struct csv *c)
{
	while (c->left.len &&
		(c->left.ptr[0] == '\n' ||
			(c->left.ptr[0] == '\r' && c->left.len > 1 &&
				c->left.ptr[1] == '\n')))
		skip_line(c);
	return c->left.len != 0;
}

/* What follows a field: true when another one does. */
static bool
next_field(struct csv *c)
{
	bool more = c->left.len && c->left.ptr[0] == ',';

	if (more)
		skip(c, 1);
	else if (c->left.len)
		skip_line(c);
	return more;
}

enum csv_result
csv_next(struct csv *c, struct arena *a,
	struct slice fields[static CSV_FIELDS_MAX], size_t *count)
{
	enum csv_result result = CSV_ROW;
	bool more = true;

	*count = 0;
	if (!skip_empty(c))
		return CSV_END;
	c->line = c->next_line;
	c->quote_line = 0;
	while (more && result == CSV_ROW) {
		if (*count == CSV_FIELDS_MAX)
			result = CSV_TOO_MANY;
		else if (c->left.len && c->left.ptr[0] == '"')
			result = quoted_field(c, a, &fields[*count]);
		else
			result = plain_field(c, &fields[*count]);
		if (result == CSV_ROW) {
			++*count;
			more = next_field(c);
		}
	}
	if (result != CSV_ROW && c->left.len)
		skip_line(c);
	/* A row was read, so something lies before what is left. */
	c->end_line = c->next_line - (c->left.ptr[-1] == '\n');
	return result;
}
