#include "cli/consent/import.h"

#include "text/ident.h"
#include "yaml/mistake.h"

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

static bool
has_role(const struct table *t, const char *role)
{
	size_t i = FIRST_ROLE;

	while (strcmp(csv_roles[i], role) != 0)
		i++;
	return t->roles[i] != SIZE_MAX;
}

/* A column that is passed over might have been an end: it is told. */
static void
tell_unread(const struct table *t, const struct slice *fields)
{
	char shown[CSV_SHOWN_BYTES];

	for (size_t i = 0; i < t->columns; i++) {
		if (is_read(t, i))
			continue;
		csv_show(fields[i], shown);
		fprintf(stderr,
			"lethe consent import: column %zu is not read: `%s`\n",
			i + 1, shown);
	}
}

/* A first line without any column that is looked for may be one of people,
   whose fields are not shown. */
static bool
names_columns(const struct table *t, const struct slice *fields)
{
	for (size_t i = FIRST_ROLE; csv_roles[i]; i++)
		if (find(fields, t->columns, column_name(t->m, csv_roles[i])) !=
			SIZE_MAX)
			return true;
	return false;
}

/* A column that an option or the format names is not there. */
static void
tell_missing(const struct table *t, const struct slice *fields, int code,
	const char *option, struct slice name)
{
	struct intake *in = t->m->in;
	const char *names[CSV_FIELDS_MAX + 1] = {NULL}, *near;
	char shown[CSV_SHOWN_BYTES], near_shown[CSV_SHOWN_BYTES];

	for (size_t i = 0; i < t->columns; i++) {
		names[i] = arena_strndup(
			&in->job->arena, fields[i].ptr, fields[i].len);
		if (!names[i])
			break;
	}
	near = names_columns(t, fields) ? nearest_name(name, names) : NULL;
	csv_show(name, shown);
	csv_show(near ? slice_of(near) : (struct slice){0}, near_shown);
	intake_wrong(in, code,
		"%s: the first line of %s has no column `%s`%s%s%s", option,
		in->name, shown, near ? "; did you mean `" : "", near_shown,
		near ? "`?" : "");
}

static void
find_roles(struct table *t, const struct slice *fields)
{
	char option[64];

	for (size_t i = FIRST_ROLE; csv_roles[i]; i++) {
		struct slice name = column_name(t->m, csv_roles[i]);
		bool said = !slice_is(name, csv_roles[i]);
		/* Purpose, state, at. */
		bool needed = i < FIRST_ROLE + 3;

		t->roles[i] = find(fields, t->columns, name);
		if (t->roles[i] != SIZE_MAX || (!said && !needed))
			continue;
		(void)snprintf(option, sizeof(option),
			said ? "--column %s" : "say --column %s=NAME",
			csv_roles[i]);
		tell_missing(t, fields, said ? EXIT_USAGE : EXIT_CONFIG, option,
			name);
	}
}

/* Of two columns of one name nobody can tell which one counts. */
static void
refuse_twins(const struct table *t, const struct slice *fields)
{
	char shown[CSV_SHOWN_BYTES];

	for (size_t i = 0; i < t->columns; i++)
		for (size_t k = i + 1; k < t->columns; k++) {
			if (!is_read(t, i) ||
				!slice_equal(fields[i], fields[k]))
				continue;
			csv_show(fields[i], shown);
			intake_wrong(t->m->in, EXIT_CONFIG,
				"%s line 1: the column `%s` stands there twice",
				t->m->in->name, shown);
		}
}

static void
read_header(struct table *t, const struct slice *fields, size_t count)
{
	const struct import *m = t->m;

	t->columns = count;
	for (size_t i = 0; i < ROLES_MAX; i++)
		t->roles[i] = SIZE_MAX;
	find_roles(t, fields);
	for (size_t i = 0; i < m->subject_count; i++) {
		t->subjects[i] = find(fields, count, m->subjects[i].at);
		if (t->subjects[i] == SIZE_MAX)
			tell_missing(t, fields, EXIT_USAGE, "--subject",
				m->subjects[i].at);
	}
	if (m->notice.ptr && has_role(t, "notice"))
		intake_wrong(m->in, EXIT_USAGE,
			"--notice: the column `notice` of %s says it",
			m->in->name);
	if (!m->in->code)
		refuse_twins(t, fields);
	if (!m->in->code)
		tell_unread(t, fields);
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
read_purpose(struct import *m, struct slice category, struct slice *out)
{
	bool is_all = slice_is(category, SAID_ALL);

	for (size_t i = 0; i < m->map_count; i++)
		if (slice_equal(m->maps[i].category, category)) {
			*out = m->maps[i].purpose;
			return NULL;
		}
	*out = category;
	if (m->own_purposes && !is_all &&
		!consent_purpose(m->in->job, category))
		return NULL;
	return "its purpose is named by no --map (--map NAME=- leaves one out)";
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
	if (!has_role(t, "notice"))
		texts.notice = m->notice;
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
	char rule[CSV_BROKEN_BYTES];
	struct csv csv;
	enum csv_result result;
	const char *broken;
	size_t count;

	csv_init(&csv, text);
	result = csv_next(&csv, &in->job->arena, fields, &count);
	if (csv_header(in, &csv, result))
		read_header(t, fields, count);
	while (!in->code && (result = csv_next(&csv, &in->job->arena, fields,
				     &count)) != CSV_END) {
		in->lines++;
		broken = result == CSV_ROW
				 ? read_row(t, fields, count, csv.line, err)
				 : csv_broken(&csv, result, rule);
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
