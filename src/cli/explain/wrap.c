#include "cli/explain/wrap.h"

#define LINE_COLUMNS 79

size_t
columns(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void
put_spaces(struct buf *out, size_t n)
{
	while (n--)
		buf_put_byte(out, ' ');
}

static void
put_word(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_put_byte(out, text[i] == *GLUE ? ' ' : (uint8_t)text[i]);
}

void
put_wrapped(struct buf *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > LINE_COLUMNS) {
			buf_put_byte(out, '\n');
			put_spaces(out, indent);
			column = indent;
		} else if (column > indent) {
			buf_put_byte(out, ' ');
			column++;
		}
		if (column + len > LINE_COLUMNS)
			len = LINE_COLUMNS - column;
		while (len > 1 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
		put_word(out, text, len);
		column += len;
		text += len;
		text += *text == ' ';
	}
	buf_put_byte(out, '\n');
}
