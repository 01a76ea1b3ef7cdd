#include "cli/completion/completion.h"

#define HEAD \
	"# fish completion of lethe, printed by `lethe completion fish`.\n\n" \
	"function __lethe_words # the words before the one at the cursor\n" \
	"	set -l words (commandline -opc)\n" \
	"	set -e words[1]\n" \
	"	string join ' ' -- $words\n" \
	"end\n\n" \
	"function __lethe_after # exactly these words\n" \
	"	test \"$(__lethe_words)\" = \"$argv\"\n" \
	"end\n\n" \
	"function __lethe_in # these words, and whatever follows\n" \
	"	string match -q -- \"$argv *\" \"$(__lethe_words) \"\n" \
	"end\n\n" \
	"complete -c lethe -f\n" \
	"complete -c lethe -n '__lethe_after' -l help -d 'every command'\n" \
	"complete -c lethe -n '__lethe_after' -l version -d 'of lethe and " \
	"its " \
	"libraries'\n" \
	"complete -c lethe -n '__lethe_after' -a help -d 'of a command'\n"

#define QUOTE "\\'"

/* -a and -d of a word that may follow `words`. */
static void
put_word(FILE *out, const char *help, struct slice after, const char *word,
	size_t len, const char *summary)
{
	fprintf(out, "complete -c lethe -n '__lethe_after %s%.*s' -a %.*s -d ",
		help, (int)after.len, (const char *)after.ptr, (int)len, word);
	put_quoted(out, summary, QUOTE);
	fputc('\n', out);
}

static void
put_words(FILE *out, const char *help)
{
	for (size_t i = 0; commands[i]; i++) {
		const struct command *c = commands[i];
		struct slice family = family_of(c);
		const char *last = c->words + family.len + !!family.len;

		if (is_first_of_family(i))
			put_word(out, help, slice_of(""), c->words, family.len,
				"a family of commands");
		put_word(out, help, family, last, strlen(last), c->summary);
	}
}

static void
put_offer(FILE *out, struct slice value)
{
	switch (offer_of(value)) {
	case OFFER_NONE: break;
	case OFFER_TEXT: fputs(" -x", out); break;
	case OFFER_FILE: fputs(" -r -F", out); break;
	case OFFER_CHOICE:
		fputs(" -x -a '", out);
		put_choices(out, value);
		fputc('\'', out);
		break;
	case OFFER_SETTING: fputs(" -x -a '(__lethe_settings)'", out); break;
	}
}

static void
put_options(FILE *out, const struct command *c)
{
	const struct option_row *row = c->options;

	for (; row && row->name; row++) {
		fprintf(out, "complete -c lethe -n '__lethe_in %s' -l %s",
			c->words, row->name);
		put_offer(out, slice_of(row->value ? row->value : ""));
		fputs(" -d ", out);
		put_quoted(out, row->help, QUOTE);
		fputc('\n', out);
	}
	fprintf(out,
		"complete -c lethe -n '__lethe_in %s' -l help -d 'this text'\n",
		c->words);
}

static void
put_operand(FILE *out, const struct command *c)
{
	struct slice word;
	enum offer offer = offer_of_operand(c, &word);

	if (offer != OFFER_FILE && offer != OFFER_CHOICE)
		return;
	fprintf(out, "complete -c lethe -n '__lethe_in %s'", c->words);
	if (offer == OFFER_FILE) {
		fputs(" -F", out);
	} else {
		fputs(" -a '", out);
		put_choices(out, word);
		fputc('\'', out);
	}
	fputc('\n', out);
}

/* Paths behind the name of a setting that has one, and its `=`. */
static void
put_paths(FILE *out)
{
	const struct completion_setting *s;
	const char *before = "";

	fputs("	set -l at (string match -r -- '^(", out);
	for (s = completion_settings; s->name; s++)
		if (offer_of(slice_of(s->unit)) == OFFER_FILE) {
			fprintf(out, "%s%s", before, s->name);
			before = "|";
		}
	fputs(")=(.*)' (commandline -ct))\n"
	      "	and printf \"$at[2]=%s\\n\" (__fish_complete_path $at[3])\n",
		out);
}

/*
 * Names with `=`; where the value is one of a few, each of them, and where it
 * is a path, those behind a name that stands there.
 */
static void
put_settings(FILE *out)
{
	const struct completion_setting *s;

	fputs("function __lethe_settings\n", out);
	for (s = completion_settings; s->name; s++) {
		fprintf(out, "	printf '%%s=\\t%%s\\n' %s ", s->name);
		put_quoted(out, s->help, QUOTE);
		fputc('\n', out);
		if (offer_of(slice_of(s->unit)) != OFFER_CHOICE)
			continue;
		fprintf(out, "	printf '%s=%%s\\n' ", s->name);
		put_choices(out, slice_of(s->unit));
		fputc('\n', out);
	}
	fputs("	printf 'kafka.\\ta property of librdkafka\\n'\n", out);
	put_paths(out);
	fputs("end\n\n", out);
}

void
completion_fish(FILE *out)
{
	put_settings(out);
	fputs(HEAD, out);
	put_words(out, "");
	put_words(out, "help ");
	for (size_t i = 0; commands[i]; i++) {
		put_options(out, commands[i]);
		put_operand(out, commands[i]);
	}
}
