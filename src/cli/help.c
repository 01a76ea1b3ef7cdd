#include "cli/help.h"

#include "base/slice.h"
#include "consent/ledger/ledger.h"
#include "crypto/secret.h"
#include "daemon/sandbox.h"
#include "event/json/native.h"
#include "event/writer.h"
#include "kafka/wire/client.h"
#include "lethe.h"
#include "text/ident.h"
#include "transform/pattern.h"
#include "yaml/yaml.h"

#define HELP_COLUMNS 78

/*
 * Writes prose filled to the width.  A line break in the text starts a new
 * paragraph when it is doubled; a line that begins with a space stands as it
 * is.
 *
 *   indent   columns before each line
 *   column   where the cursor stands
 */
static void
put_filled(FILE *out, const char *text, int indent, int column)
{
	while (*text) {
		size_t len = strcspn(text, " \n");

		if (column > indent && column + 1 + (int)len > HELP_COLUMNS) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		} else if (column < indent) {
			fprintf(out, "%*s", indent - column, "");
			column = indent;
		}
		fwrite(text, 1, len, out);
		column += (int)len;
		text += len;
		if (!strncmp(text, "\n\n", 2)) {
			fputs("\n\n", out);
			column = 0;
		}
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

static void
put_row(FILE *out, const char *name, int width, const char *text)
{
	int column = fprintf(out, "  %-*s", width, name);

	if (column > width + 2) {
		fputc('\n', out);
		column = 0;
	}
	put_filled(out, text, width + 4, column);
}

static void
put_lines(FILE *out, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		fprintf(out, "  %.*s\n", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static int
widest_words(void)
{
	int widest = 0;

	for (size_t i = 0; commands[i]; i++) {
		int len = (int)strlen(commands[i]->words);

		widest = len > widest ? len : widest;
	}
	return widest;
}

void
help_overview(FILE *out)
{
	int width = widest_words();

	put_filled(out, "lethe: " HELP_WHAT ".", 0, 0);
	fputs("\nusage: lethe COMMAND [OPTIONS] [ARGUMENTS]\n\n", out);
	for (size_t i = 0; commands[i]; i++)
		put_row(out, commands[i]->words, width, commands[i]->summary);
	fputs("\n" HELP_MORE "\n\nA first look:\n", out);
	put_lines(out, HELP_FIRST_LOOK);
}

static bool
is_of_family(const char *words, const char *family)
{
	size_t len = strlen(family);

	return !strncmp(words, family, len) && words[len] == ' ';
}

/* What a family's commands are for, in the order of a life. */
static const struct {
	const char *family, *text;
} guides[] = {
	{"keys",
		"The life of a ring, with three signers of whom two must "
		"agree:\n"
		"  keys new --ring R --secret S --oncall O --policy P\n"
		"  keys pair --secret vault.key             a holder off line\n"
		"  keys recipient add --ring R --role erasure --public "
		"vault.pub --secret S\n"
		"  keys pair --secret ana.key --for signer  each signer\n"
		"  keys signers --ring R --public ana.pub --public bo.pub "
		"--public cy.pub\n"
		"               --threshold 2\n"
		"  keys approve --ring R --show             then each: --key "
		"ana.key\n"
		"  keys activate --ring R\n"
		"  keys trust ... --out T                   for ring.trust of "
		"the settings\n"
		"  keys drill --ring R --secret vault.key --make D, and later "
		"--known D of the\n"
		"               backup: does it bring the tokens back?\n"
		"A rotation, when `keys due` asks for it: propose (first with "
		"--forecast alone:\n"
		"whom would an overlap carry?), approve twice, activate "
		"--instances URL,...;\n"
		"`keys status URL...`: have all of them the new ring?  After "
		"the overlap: retire,\n"
		"and destroy once no record lives.  A key that may be out: "
		"emergency, approve\n"
		"twice, activate.\n"
		"docs/keys.md has it as a session, with what each theft "
		"costs.\n"},
};

size_t
help_family(FILE *out, const char *family)
{
	int width = widest_words();
	size_t count = 0;

	for (size_t i = 0; commands[i]; i++) {
		if (!is_of_family(commands[i]->words, family))
			continue;
		if (!count++)
			fprintf(out, "usage: lethe %s COMMAND\n\n", family);
		put_row(out, commands[i]->words, width, commands[i]->summary);
	}
	for (size_t i = 0; i < sizeof(guides) / sizeof(guides[0]); i++)
		if (!strcmp(guides[i].family, family))
			fprintf(out, "\n%s", guides[i].text);
	return count;
}

static void
put_options(FILE *out, const struct option_row *rows)
{
	const struct option_row *row;
	char name[80];
	int width = 6;

	for (row = rows; row && row->name; row++) {
		int len = snprintf(name, sizeof(name), "--%s%s%s", row->name,
			row->value ? " " : "", row->value ? row->value : "");

		width = len > width && len <= 26 ? len : width;
	}
	fputs("\nOptions:\n", out);
	for (row = rows; row && row->name; row++) {
		(void)snprintf(name, sizeof(name), "--%s%s%s", row->name,
			row->value ? " " : "", row->value ? row->value : "");
		put_row(out, name, width, row->help);
	}
	put_row(out, "--help", width, "this text");
}

void
help_usage(FILE *out, const struct command *c)
{
	int column = fprintf(out, "usage: lethe %s ", c->words);

	put_filled(out, c->synopsis, column, column);
}

void
help_command(FILE *out, const struct command *c)
{
	help_usage(out, c);
	fputc('\n', out);
	put_filled(out, c->about ? c->about : c->summary, 0, 0);
	put_options(out, c->options);
	if (c->examples) {
		fputs("\nExamples:\n", out);
		put_lines(out, c->examples);
	}
	fputs("\n" HELP_CODES "\n", out);
}

void
help_version(FILE *out)
{
	fprintf(out, "lethe %s\n", LETHE_VERSION);
	fprintf(out, "  %s\n  %s\n  %s\n  %s\n  %s\n  %s\n  %s\n  %s\n  %s\n",
		client_library(), crypto_library(), native_library(),
		msgpack_library(), yaml_library(), pattern_library(),
		text_library(), ledger_library(), sandbox_library());
}
