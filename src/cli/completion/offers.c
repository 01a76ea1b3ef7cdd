#include "cli/completion/completion.h"
#include "daemon/settings.h"

#include <ctype.h>

const struct completion_setting completion_settings[] = {
#define X(field, name, type, def, least, most, unit, help) {name, unit, help},
	SETTINGS_MAP(X)
#undef X
		{NULL, NULL, NULL}};

static bool
holds(struct slice text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static bool
is_file(struct slice value)
{
	return holds(value, "FILE") || holds(value, "DIR") ||
	       holds(value, "file") || holds(value, "folder") ||
	       slice_is(value, "POLICY");
}

static bool
is_lower(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (isupper(text.ptr[i]))
			return false;
	return true;
}

enum offer
offer_of(struct slice value)
{
	if (!value.len)
		return OFFER_NONE;
	if (slice_is(value, "NAME=VALUE"))
		return OFFER_SETTING;
	if (is_file(value))
		return OFFER_FILE;
	return holds(value, "|") && is_lower(value) ? OFFER_CHOICE : OFFER_TEXT;
}

/* The next word, without brackets; ends empty. */
static struct slice
next_word(const char **text, bool *opens, bool *closes)
{
	const char *word = *text += strspn(*text, " ");
	size_t len = strcspn(word, " ");

	*text += len;
	*opens = word[0] == '[';
	*closes = memchr(word, ']', len) != NULL;
	if (*opens) {
		word++;
		len--;
	}
	if (*closes)
		len = strcspn(word, "]");
	return slice_make(word, len);
}

static bool
begins(struct slice word, const char *with)
{
	size_t len = strlen(with);

	return word.len >= len && !memcmp(word.ptr, with, len);
}

enum offer
offer_of_operand(const struct command *c, struct slice *word)
{
	const char *text = c->synopsis;
	bool in_option = false, opens, closes;

	for (;;) {
		*word = next_word(&text, &opens, &closes);
		if (!word->len)
			return OFFER_NONE;
		if (begins(*word, "--")) {
			in_option = !opens || !closes;
		} else if (begins(*word, "<") || begins(*word, ">")) {
			in_option = true;
		} else if (in_option) {
			in_option = false;
		} else if (!slice_is(*word, "|") &&
			   !slice_is(*word, "OPTIONS")) {
			return is_lower(*word) ? OFFER_CHOICE : offer_of(*word);
		}
	}
}

struct slice
family_of(const struct command *c)
{
	const char *space = strchr(c->words, ' ');

	return slice_make(c->words, space ? (size_t)(space - c->words) : 0);
}

bool
is_first_of_family(size_t i)
{
	struct slice family = family_of(commands[i]);

	if (!family.len)
		return false;
	while (i--)
		if (slice_equal(family_of(commands[i]), family))
			return false;
	return true;
}

void
put_choices(FILE *out, struct slice choices)
{
	for (size_t i = 0; i < choices.len; i++)
		fputc(choices.ptr[i] == '|' ? ' ' : choices.ptr[i], out);
}

void
put_quoted(FILE *out, const char *text, const char *escaped_quote)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputs(escaped_quote, out);
		else
			fputc(*text, out);
	}
	fputc('\'', out);
}
