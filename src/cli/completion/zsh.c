#include "cli/completion/completion.h"

#include <string.h>

#define HEAD \
	"#compdef lethe\n" \
	"# zsh completion of lethe, printed by `lethe completion zsh`.\n\n"

#define TAIL \
	"if [[ ${funcstack[1]} == _lethe ]]; then\n" \
	"	_lethe \"$@\"\n" \
	"else\n" \
	"	compdef _lethe lethe\n" \
	"fi\n"

/* Text inside '…', with the characters that zsh's own syntax takes escaped. */
static void
put_escaped(FILE *out, const char *text, size_t len, const char *specials)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'') {
			fputs("'\\''", out);
			continue;
		}
		if (strchr(specials, text[i]))
			fputc('\\', out);
		fputc(text[i], out);
	}
}

/* 'name:what it is' of _describe. */
static void
put_item(FILE *out, const char *name, size_t len, const char *help)
{
	fputs("\n		'", out);
	put_escaped(out, name, len, ":");
	fputc(':', out);
	put_escaped(out, help, strlen(help), "");
	fputc('\'', out);
}

/* What stands behind the text of an option or an operand: `:word:action`. */
static void
put_offer(FILE *out, enum offer offer, struct slice value)
{
	if (offer == OFFER_NONE)
		return;
	fputc(':', out);
	put_escaped(out, (const char *)value.ptr, value.len, ":");
	fputc(':', out);
	if (offer == OFFER_CHOICE) {
		fputc('(', out);
		put_choices(out, value);
		fputc(')', out);
	}
	fputs(offer == OFFER_FILE	 ? "_files"
		: offer == OFFER_SETTING ? "_lethe_setting"
		: offer == OFFER_TEXT	 ? " "
					 : "",
		out);
}

static void
put_settings(FILE *out)
{
	const struct completion_setting *s;

	fputs("_lethe_setting() {\n	local -a list\n"
	      "	if compset -P '*='; then\n"
	      "		case ${${IPREFIX%=}##*=} in\n",
		out);
	for (s = completion_settings; s->name; s++) {
		enum offer offer = offer_of(slice_of(s->unit));

		if (offer != OFFER_FILE && offer != OFFER_CHOICE)
			continue;
		fprintf(out, "		%s) %s", s->name,
			offer == OFFER_FILE ? "_files" : "compadd ");
		if (offer == OFFER_CHOICE)
			put_choices(out, slice_of(s->unit));
		fputs(" ;;\n", out);
	}
	fputs("		esac\n		return\n	fi\n	list=(", out);
	for (s = completion_settings; s->name; s++)
		put_item(out, s->name, strlen(s->name), s->help);
	fputs(")\n	_describe -t settings setting list -S =\n}\n\n", out);
}

static void
put_first_words(FILE *out)
{
	fputs("	list=(", out);
	for (size_t i = 0; commands[i]; i++) {
		struct slice family = family_of(commands[i]);

		if (!family.len)
			put_item(out, commands[i]->words,
				strlen(commands[i]->words),
				commands[i]->summary);
		else if (is_first_of_family(i))
			put_item(out, commands[i]->words, family.len,
				"a family of commands");
	}
	put_item(out, "help", 4, "of a command");
	fputs(")\n	if (( CURRENT == 2 )); then\n"
	      "		_describe -t commands command list\n"
	      "		_arguments '--help[every command]' "
	      "'--version[of lethe and its libraries]'\n"
	      "		return\n	fi\n",
		out);
}

static void
put_family(FILE *out, struct slice family)
{
	fprintf(out, "	%.*s)\n		list=(", (int)family.len,
		(const char *)family.ptr);
	for (size_t i = 0; commands[i]; i++)
		if (slice_equal(family_of(commands[i]), family)) {
			const char *last = commands[i]->words + family.len + 1;

			put_item(out, last, strlen(last), commands[i]->summary);
		}
	fputs(")\n		if (( CURRENT == 3 )); then\n"
	      "			_describe -t commands command list\n"
	      "			return\n		fi\n"
	      "		name=\"$words[2] $words[3]\"\n"
	      "		shift words\n		(( CURRENT-- ))\n	"
	      "	;;\n",
		out);
}

static void
put_command(FILE *out, const struct command *c)
{
	const struct option_row *row = c->options;
	struct slice value;
	enum offer offer;

	fprintf(out, "	\"%s\")\n		_arguments", c->words);
	for (; row && row->name; row++) {
		value = slice_of(row->value ? row->value : "");
		offer = offer_of(value);
		fprintf(out, " \\\n			'%s--%s%s[",
			offer == OFFER_SETTING ? "*" : "", row->name,
			row->value ? "=" : "");
		put_escaped(out, row->help, strlen(row->help), "[]\\");
		fputc(']', out);
		put_offer(out, offer, value);
		fputc('\'', out);
	}
	fputs(" \\\n			'--help[this text]'", out);
	offer = offer_of_operand(c, &value);
	if (offer != OFFER_NONE) {
		fputs(" \\\n			'*", out);
		put_offer(out, offer, value);
		fputc('\'', out);
	}
	fputs("\n		;;\n", out);
}

void
completion_zsh(FILE *out)
{
	fputs(HEAD, out);
	put_settings(out);
	fputs("_lethe() {\n	local -a list\n	local name\n"
	      "	# `lethe help WORDS` takes the words of a command.\n"
	      "	if [[ $words[2] == help ]] && (( CURRENT > 2 )); then\n"
	      "		shift words\n		(( CURRENT-- ))\n"
	      "	fi\n",
		out);
	put_first_words(out);
	fputs("	name=$words[2]\n	case $name in\n", out);
	for (size_t i = 0; commands[i]; i++)
		if (is_first_of_family(i))
			put_family(out, family_of(commands[i]));
	fputs("	esac\n	shift words\n	(( CURRENT-- ))\n"
	      "	case $name in\n",
		out);
	for (size_t i = 0; commands[i]; i++)
		put_command(out, commands[i]);
	fputs("	esac\n}\n\n" TAIL, out);
}
