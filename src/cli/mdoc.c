#include "cli/mdoc.h"

#include "cli/command.h"
#include "cli/help.h"

#include <stdbool.h>
#include <string.h>

#define LINE_COLUMNS 72

/* What roff would take for something else. */
static const char *
escaped(char c, bool literal)
{
	switch (c) {
	case '\\': return "\\e";
	case '-': return literal ? "\\-" : NULL;
	case '`': return literal ? "\\(ga" : NULL;
	case '\'': return literal ? "\\(aq" : NULL;
	case '^': return "\\(ha";
	case '~': return "\\(ti";
	case '"': return literal ? "\\(dq" : NULL;
	default: return NULL;
	}
}

/*
 * Writes a run of text; between backquotes it is bold.
 *
 *   bold   NULL: as code, in which a backquote is nothing but that
 */
static void
put_text(FILE *out, const char *text, size_t len, bool *bold)
{
	for (size_t i = 0; i < len; i++) {
		const char *instead = escaped(text[i], !bold || *bold);

		if (bold && text[i] == '`') {
			*bold = !*bold;
			fputs(*bold ? "\\fB" : "\\fR", out);
		} else if (instead) {
			fputs(instead, out);
		} else {
			fputc(text[i], out);
		}
	}
}

/* How many bytes put_text() makes of it, or a few more. */
static size_t
written_bytes(const char *text, size_t len)
{
	size_t bytes = len;

	for (size_t i = 0; i < len; i++)
		bytes += text[i] == '`' || escaped(text[i], true) ? 3 : 0;
	return bytes;
}

static bool
ends_sentence(const char *word, size_t len)
{
	return len && strchr(".!?", word[len - 1]);
}

/* Prose: filled lines, a sentence ends its line, `.Pp` for an empty one. */
static void
put_prose(FILE *out, const char *text)
{
	bool bold = false, ended = true;
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " \n");
		size_t bytes = written_bytes(text, len);

		if (column && (ended || column + bytes > LINE_COLUMNS)) {
			fputc('\n', out);
			column = 0;
		} else if (column) {
			fputc(' ', out);
		}
		if (!column && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		put_text(out, text, len, &bold);
		column += bytes + 1;
		ended = ends_sentence(text, len);
		text += len;
		if (!strncmp(text, "\n\n", 2)) {
			fputs("\n.Pp\n", out);
			column = 0;
		}
		text += strspn(text, " \n");
	}
	fputc('\n', out);
}

/* Lines that stand as they are. */
static void
put_literal(FILE *out, const char *lines)
{
	fputs(".Bd -literal -offset indent\n", out);
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		if (*lines == '.' || *lines == '\'')
			fputs("\\&", out);
		put_text(out, lines, len, NULL);
		fputc('\n', out);
		lines += len + (lines[len] == '\n');
	}
	fputs(".Ed\n", out);
}

static void
put_option(FILE *out, const struct option_row *row)
{
	fputs(".It Fl \\-", out);
	put_text(out, row->name, strlen(row->name), NULL);
	if (row->value) {
		fputs(" Ar ", out);
		put_text(out, row->value, strlen(row->value), NULL);
	}
	fputc('\n', out);
	put_prose(out, row->help);
}

static void
put_command(FILE *out, const struct command *c)
{
	const struct option_row *row = c->options;
	char line[1024];

	(void)snprintf(
		line, sizeof(line), "`lethe %s %s`", c->words, c->synopsis);
	fprintf(out, ".Ss lethe %s\n.Bd -ragged -offset indent\n", c->words);
	put_prose(out, line);
	fputs(".Ed\n.Pp\n", out);
	put_prose(out, c->about ? c->about : c->summary);
	if (row && row->name)
		fputs(".Bl -tag -width Ds\n", out);
	for (; row && row->name; row++)
		put_option(out, row);
	if (c->options && c->options->name)
		fputs(".El\n", out);
	if (c->examples) {
		fputs(".Pp\nExamples:\n", out);
		put_literal(out, c->examples);
	}
}

static void
put_list(FILE *out)
{
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; commands[i]; i++) {
		fprintf(out, ".It Cm %s\n", commands[i]->words);
		put_prose(out, commands[i]->summary);
	}
	fputs(".El\n", out);
}

void
mdoc_page(FILE *out, const char *date)
{
	fprintf(out,
		".Dd %s\n.Dt LETHE 1\n.Os\n.Sh NAME\n.Nm lethe\n.Nd "
		"%s\n.Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op Ar OPTIONS\n"
		".Op Ar ARGUMENTS\n.Sh DESCRIPTION\nThe commands are:\n",
		date, HELP_WHAT);
	put_list(out);
	fputs(".Pp\n", out);
	put_prose(out, HELP_MORE);
	fputs(".Sh COMMANDS\n", out);
	for (size_t i = 0; commands[i]; i++)
		put_command(out, commands[i]);
	fputs(".Sh EXIT STATUS\n", out);
	put_prose(out, HELP_CODES);
	fputs(".Sh EXAMPLES\n", out);
	put_literal(out, HELP_FIRST_LOOK);
	fputs(".Sh SEE ALSO\n.Xr lethe-policy 5 ,\n.Xr lethe.yaml 5\n", out);
}
