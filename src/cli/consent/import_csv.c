#include "cli/consent/import.h"

#include "text/ident.h"

#include <stdio.h>

#define ROLES_MAX 16
#define FIRST_ROLE 3 /* behind those of subjects */

/* Words for states, as OneTrust's receipts and reports have them. */
static const struct {
	const char *name;
	const char *state; /* NULL: no choice was made */
} onetrust_states[] = {
	{"ACTIVE", "given"},
	{"CONFIRMED", "given"},
	{"WITHDRAWN", "withdrawn"},
	{"OPT_OUT", "no"},
	{"HARD_OPT_OUT", "no"},
	{"NOTGIVEN", "no"},
	{"NO_CONSENT", "no"},
	{"EXPIRED", "expired"},
	{"PENDING", NULL},
	{"IMPLICIT", NULL},
	{"NO_CHOICE", NULL},
};

struct table {
	struct import *m;
	bool onetrust;
	size_t columns;
	size_t roles[ROLES_MAX]; /* SIZE_MAX: no such column */
	size_t subjects[IMPORT_SUBJECTS_MAX];
};

static size_t
find(const struct slice *fields, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(fields[i], name))
			return i;
	return SIZE_MAX;
}

static struct slice
column_name(const struct import *m, const char *role)
{
	for (size_t i = 0; i < m->column_count; i++)
		if (!strcmp(m->columns[i].role, role))
			return m->columns[i].name;
	return slice_of(role);
}

static bool
is_read(const struct table *t, size_t column)
{
	for (size_t i = 0; i < ROLES_MAX; i++)
		if (t->roles[i] == column)
			return true;
	for (size_t i = 0; i < t->m->subject_count; i++)
		if (t->subjects[i] == column)
			return true;
	return false;
}

/* A column that is passed over might have been an end: it is told. */
static void
tell_unread(const struct table *t, const struct slice *fields)
{
	for (size_t i = 0; i < t->columns; i++)
		if (!is_read(t, i))
			fprintf(stderr,
				"lethe consent import: column %zu is not read: "
				"`%.*s`\n",
				i + 1, (int)fields[i].len,
				(const char *)fields[i].ptr);
}

static const char *
read_header(struct table *t, const struct slice *fields, size_t count)
{
	t->columns = count;
	for (size_t i = 0; i < ROLES_MAX; i++)
		t->roles[i] = SIZE_MAX;
	for (size_t i = FIRST_ROLE; csv_roles[i]; i++) {
		struct slice name = column_name(t->m, csv_roles[i]);

		t->roles[i] = find(fields, count, name);
		if (t->roles[i] == SIZE_MAX && !slice_is(name, csv_roles[i]))
			return "a column that --column names is not there";
	}
	for (size_t i = 0; i < t->m->subject_count; i++) {
		t->subjects[i] = find(fields, count, t->m->subjects[i].at);
		if (t->subjects[i] == SIZE_MAX)
			return "a column that --subject names is not there";
	}
	/* Purpose, state, at. */
	for (size_t i = FIRST_ROLE; i < FIRST_ROLE + 3; i++)
		if (t->roles[i] == SIZE_MAX)
			return "it needs columns for purpose, state and at: "
			       "say which by --column";
	tell_unread(t, fields);
	return NULL;
}

static struct slice
field(const struct table *t, const struct slice *fields, const char *role)
{
	size_t i = FIRST_ROLE;

	while (strcmp(csv_roles[i], role) != 0)
		i++;
	return t->roles[i] == SIZE_MAX ? (struct slice){0}
				       : fields[t->roles[i]];
}

/* False when the state is none; *out empty: no choice. */
static bool
read_state(const struct table *t, struct slice text, struct slice *out)
{
	*out = text;
	if (!t->onetrust)
		return true;
	for (size_t i = 0;
		i < sizeof(onetrust_states) / sizeof(*onetrust_states); i++)
		if (ident_equal_fold(text, slice_of(onetrust_states[i].name))) {
			*out = onetrust_states[i].state
				       ? slice_of(onetrust_states[i].state)
				       : (struct slice){0};
			return true;
		}
	return false;
}

static const char *
read_purpose(const struct import *m, struct slice category, struct slice *out)
{
	for (size_t i = 0; i < m->map_count; i++)
		if (slice_equal(m->maps[i].category, category)) {
			*out = m->maps[i].purpose;
			return NULL;
		}
	return "its purpose is named by no --map";
}

static const char *
read_row(struct table *t, const struct slice *fields, size_t count, size_t line,
	struct lethe_error *err)
{
	struct import *m = t->m;
	struct import_said said = {.line = line};
	struct word_texts texts = {.at = field(t, fields, "at"),
		.until = field(t, fields, "until"),
		.notice = field(t, fields, "notice"),
		.source = field(t, fields, "source"),
		.jurisdiction = field(t, fields, "jurisdiction")};
	struct said_word word;
	const char *broken;

	if (count != t->columns)
		return "it has more or fewer fields than the first line";
	broken = read_purpose(m, field(t, fields, "purpose"), &texts.purpose);
	if (broken)
		return broken;
	if (!texts.purpose.ptr) {
		m->in->other++;
		return NULL;
	}
	if (!read_state(t, field(t, fields, "state"), &texts.state))
		return "the state is none of OneTrust's that are known";
	if (t->onetrust && !texts.state.ptr) {
		m->in->silent++;
		return NULL;
	}
	if (!texts.at.len)
		return "the time (at) is missing";
	if (!texts.source.len)
		texts.source = m->source;
	for (size_t i = 0; i < m->subject_count; i++)
		said.ids[i] = fields[t->subjects[i]];
	broken = consent_word(m->in->job, &texts, &word);
	return broken ? broken : import_take(m, &said, &word, 1, err);
}

static enum lethe_status
read_rows(struct table *t, struct slice text, struct lethe_error *err)
{
	struct intake *in = t->m->in;
	struct slice fields[CSV_FIELDS_MAX];
	struct csv csv;
	enum csv_result result;
	const char *broken;
	size_t count;

	csv_init(&csv, text);
	result = csv_next(&csv, &in->job->arena, fields, &count);
	broken = result == CSV_END   ? "it has no line that names the columns"
		 : result == CSV_ROW ? read_header(t, fields, count)
				     : csv_broken(result);
	if (broken) {
		intake_bad(in, csv.line ? csv.line : 1, broken);
		return LETHE_OK;
	}
	while ((result = csv_next(&csv, &in->job->arena, fields, &count)) !=
		CSV_END) {
		in->lines++;
		broken = result == CSV_ROW
				 ? read_row(t, fields, count, csv.line, err)
				 : csv_broken(result);
		if (err->status)
			return err->status;
		if (broken)
			intake_bad(in, csv.line, broken);
	}
	return LETHE_OK;
}

enum lethe_status
import_csv(struct import *m, struct slice text, struct lethe_error *err)
{
	struct table t = {.m = m};

	return read_rows(&t, text, err);
}

enum lethe_status
import_onetrust_csv(
	struct import *m, struct slice text, struct lethe_error *err)
{
	struct table t = {.m = m, .onetrust = true};

	return read_rows(&t, text, err);
}
