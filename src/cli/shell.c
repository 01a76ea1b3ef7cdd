#include "cli/shell.h"

#include <stdarg.h>
#include <stdio.h>

void
shell_put_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-:/,+=@%";

	if (*word && !word[strspn(word, plain)]) {
		buf_put_text(out, word);
		return;
	}
	buf_put_byte(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_put_text(out, "'\\''");
		else
			buf_put_byte(out, (uint8_t)*word);
	buf_put_byte(out, '\'');
}

void
shell_show(const char *format, ...)
{
	struct buf line;
	va_list words;

	buf_init(&line, 0);
	va_start(words, format);
	for (; *format; format++)
		if (*format != '%') {
			buf_put_byte(&line, (uint8_t)*format);
		} else {
			bug_if(*++format != 's');
			shell_put_word(&line, va_arg(words, const char *));
		}
	va_end(words);
	(void)fwrite(line.ptr, 1, line.len, stdout);
	buf_fini(&line);
}

void
shell_put_options(struct buf *out, const struct options *o, const char *name)
{
	const char *value;
	size_t at = 0;

	while ((value = option_each(o, name, &at))) {
		buf_printf(out, " --%s ", name);
		shell_put_word(out, value);
	}
}
