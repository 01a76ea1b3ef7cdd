#include "cli/completion/completion.h"

#define HEAD \
	"# bash completion of lethe, printed by `lethe completion bash`.\n\n"

/* How it works out what to offer; the tables stand before it. */
static const char driver[] =
	"_lethe() {\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} words=\"\" next offer=\"\" "
	"i\n"
	"	local last=$((COMP_CWORD - 1)) assigned=\"\" before\n"
	"	COMPREPLY=()\n"
	"	# To bash, = is a word of its own.\n"
	"	if [[ $cur == \"=\" ]]; then\n"
	"		cur=\"\" assigned=yes\n"
	"	elif [[ ${COMP_WORDS[last]} == \"=\" ]]; then\n"
	"		last=$((last - 1)) assigned=yes\n"
	"	fi\n"
	"	before=${COMP_WORDS[last]}\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		next=\"${words:+$words }${COMP_WORDS[i]}\"\n"
	"		[[ -n $(_lethe_words \"$next\") ]] || break\n"
	"		words=$next\n"
	"	done\n"
	"	if [[ $before == --* ]]; then\n"
	"		offer=$(_lethe_value \"$words $before\")\n"
	"	elif [[ -n $assigned ]]; then\n"
	"		offer=$(_lethe_setting \"$before\")\n"
	"	fi\n"
	"	if [[ -z $offer && -z $assigned ]]; then\n"
	"		[[ $cur == -* ]] || offer=$(_lethe_value \"$words\")\n"
	"		offer=${offer:-$(_lethe_words \"$words\")}\n"
	"	fi\n"
	"	case $offer in\n"
	"	@file)\n"
	"		compopt -o filenames 2>/dev/null\n"
	"		mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"		;;\n"
	"	@set)\n"
	"		compopt -o nospace 2>/dev/null\n"
	"		mapfile -t COMPREPLY < <(compgen -W "
	"\"$_lethe_settings\" -- \"$cur\")\n"
	"		;;\n"
	"	@text) ;;\n"
	"	*) mapfile -t COMPREPLY < <(compgen -W \"$offer\" -- \"$cur\") "
	";;\n"
	"	esac\n"
	"}\n"
	"complete -F _lethe lethe\n";

static void
put_offer(FILE *out, enum offer offer, struct slice value)
{
	switch (offer) {
	case OFFER_NONE: break;
	case OFFER_TEXT: fputs("@text", out); break;
	case OFFER_FILE: fputs("@file", out); break;
	case OFFER_CHOICE: put_choices(out, value); break;
	case OFFER_SETTING: fputs("@set", out); break;
	}
}

/* The first words, and those of a family. */
static void
put_levels(FILE *out, const char *before)
{
	fprintf(out, "	\"%s\") echo \"", before);
	for (size_t i = 0; commands[i]; i++) {
		struct slice family = family_of(commands[i]);

		if (!family.len)
			fprintf(out, "%s ", commands[i]->words);
		else if (is_first_of_family(i))
			fprintf(out, "%.*s ", (int)family.len,
				(const char *)family.ptr);
	}
	fprintf(out, "%s\" ;;\n", *before ? "" : "help --help --version");
}

static void
put_family(FILE *out, struct slice family)
{
	for (int asked = 0; asked < 2; asked++) {
		fprintf(out, "	\"%s%.*s\") echo \"", asked ? "help " : "",
			(int)family.len, (const char *)family.ptr);
		for (size_t i = 0; commands[i]; i++)
			if (slice_equal(family_of(commands[i]), family))
				fprintf(out, "%s ",
					commands[i]->words + family.len + 1);
		fprintf(out, "%s\" ;;\n", asked ? "" : "--help");
	}
}

static void
put_words(FILE *out)
{
	fputs("_lethe_words() { # WORDS: what may follow them\n"
	      "	case $1 in\n",
		out);
	put_levels(out, "");
	put_levels(out, "help");
	for (size_t i = 0; commands[i]; i++)
		if (is_first_of_family(i))
			put_family(out, family_of(commands[i]));
	for (size_t i = 0; commands[i]; i++) {
		const struct option_row *row = commands[i]->options;

		fprintf(out, "	\"%s\") echo \"", commands[i]->words);
		for (; row && row->name; row++)
			fprintf(out, "--%s ", row->name);
		fputs("--help\" ;;\n", out);
	}
	fputs("	esac\n}\n\n", out);
}

static void
put_values(FILE *out)
{
	struct slice value;
	enum offer offer;

	fputs("_lethe_value() { # \"WORDS --OPTION\", or WORDS: what it takes\n"
	      "	case $1 in\n",
		out);
	for (size_t i = 0; commands[i]; i++) {
		const struct option_row *row = commands[i]->options;

		for (; row && row->name; row++) {
			if (!row->value)
				continue;
			fprintf(out, "	\"%s --%s\") echo \"",
				commands[i]->words, row->name);
			value = slice_of(row->value);
			put_offer(out, offer_of(value), value);
			fputs("\" ;;\n", out);
		}
		offer = offer_of_operand(commands[i], &value);
		if (offer != OFFER_NONE) {
			fprintf(out, "	\"%s\") echo \"", commands[i]->words);
			put_offer(out, offer, value);
			fputs("\" ;;\n", out);
		}
	}
	fputs("	esac\n}\n\n", out);
}

static void
put_settings(FILE *out)
{
	const struct completion_setting *s;

	fputs("_lethe_settings=\"", out);
	for (s = completion_settings; s->name; s++)
		fprintf(out, "%s= ", s->name);
	fputs("kafka.\"\n\n_lethe_setting() { # NAME: what it takes\n"
	      "	case $1 in\n",
		out);
	for (s = completion_settings; s->name; s++) {
		fprintf(out, "	%s) echo \"", s->name);
		put_offer(out, offer_of(slice_of(s->unit)), slice_of(s->unit));
		fputs("\" ;;\n", out);
	}
	fputs("	esac\n}\n\n", out);
}

void
completion_bash(FILE *out)
{
	fputs(HEAD, out);
	put_words(out);
	put_values(out);
	put_settings(out);
	fputs(driver, out);
}
