#include "cli/shell.h"

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
shell_put_options(struct buf *out, const struct options *o, const char *name)
{
	const char *value;
	size_t at = 0;

	while ((value = option_each(o, name, &at))) {
		buf_printf(out, " --%s ", name);
		shell_put_word(out, value);
	}
}
