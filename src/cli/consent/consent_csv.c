#include "cli/consent/consent_csv.h"

#include "cli/output.h"
#include "yaml/mistake.h"

#include <stdio.h>
#include <stdlib.h>

/* X(FIELD, "column") */
#define WORD_COLUMNS(X) \
	X(purpose, "purpose") \
	X(state, "state") \
	X(at, "at") \
	X(until, "until") \
	X(notice, "notice") \
	X(source, "source") \
	X(jurisdiction, "jurisdiction")

const char *const csv_roles[] = {"subject", "class", "identifier",
#define X(field, name) name,
	WORD_COLUMNS(X)
#undef X
		NULL};

/* A quote that takes in other lines is told by where it began: that is where
 * the mistake is. */
static const char *
quote_broken(const struct csv *csv, bool ended, char *out)
{
	if (ended && (!csv->quote_line || csv->end_line == csv->quote_line))
		return "a quote stands where none may be; in a field a quote "
		       "is written twice";
	(void)snprintf(out, CSV_BROKEN_BYTES,
		"the quote that begins in line %zu %s line %zu: end it, or "
		"write it twice where it is data",
		csv->quote_line,
		ended ? "does not end before"
		      : "has no end, and takes in all to",
		csv->end_line);
	return out;
}

const char *
csv_broken(const struct csv *csv, enum csv_result result,
	char out[static CSV_BROKEN_BYTES])
{
	switch (result) {
	case CSV_BROKEN: return quote_broken(csv, true, out);
	case CSV_UNENDED: return quote_broken(csv, false, out);
	case CSV_TOO_MANY: return "more than 256 fields";
	case CSV_NO_MEMORY: return "no memory for it";
	case CSV_ROW:
	case CSV_END: break;
	}
	return NULL;
}

/* Where each role stands, by the header line. */
struct columns {
	size_t at[sizeof(csv_roles) / sizeof(*csv_roles)]; /* SIZE_MAX: none */
	size_t count;
};

void
csv_show(struct slice name, char out[static CSV_SHOWN_BYTES])
{
	size_t most = CSV_SHOWN_BYTES - 1;
	struct buf safe;

	buf_init(&safe, 0);
	put_plain(
		&safe, slice_make(name.ptr, name.len < most ? name.len : most));
	(void)snprintf(out, CSV_SHOWN_BYTES, "%.*s", (int)safe.len,
		safe.len ? (const char *)safe.ptr : "");
	buf_fini(&safe);
}

static size_t
role_of(struct slice name)
{
	size_t i = 0;

	while (csv_roles[i] && !slice_is(name, csv_roles[i]))
		i++;
	return i;
}

/*
 * Where no column is known the first line may be one of people, whose fields
 * are not shown.
 */
static void
tell_unknown(struct intake *in, const struct slice *fields, size_t count,
	size_t column)
{
	const char *near = nearest_name(fields[column], csv_roles);
	char name[CSV_SHOWN_BYTES];
	bool known = false;

	for (size_t i = 0; i < count; i++)
		known = known || csv_roles[role_of(fields[i])];
	csv_show(known ? fields[column] : (struct slice){0}, name);
	intake_wrong(in, EXIT_CONFIG,
		"%s line 1: column %zu%s%s%s is none of subject, class, "
		"identifier, purpose, state, at, until, notice, source, "
		"jurisdiction%s%s%s",
		in->name, column + 1, known ? " (`" : "", name,
		known ? "`)" : "", near ? "; did you mean `" : "",
		near ? near : "", near ? "`?" : "");
}

static void
find_columns(struct intake *in, const struct slice *fields, size_t count,
	struct columns *c)
{
	c->count = count;
	for (size_t i = 0; csv_roles[i]; i++)
		c->at[i] = SIZE_MAX;
	for (size_t i = 0; i < count; i++) {
		size_t role = role_of(fields[i]);

		if (!csv_roles[role])
			tell_unknown(in, fields, count, i);
		else if (c->at[role] != SIZE_MAX)
			intake_wrong(in, EXIT_CONFIG,
				"%s line 1: the column `%s` stands there twice",
				in->name, csv_roles[role]);
		else
			c->at[role] = i;
	}
}

/* Which columns are missing, or NULL. */
static const char *
check_columns(const struct columns *c)
{
	bool whole, parts;

	whole = c->at[0] != SIZE_MAX;
	parts = c->at[1] != SIZE_MAX && c->at[2] != SIZE_MAX;
	if (whole == parts ||
		(whole && (c->at[1] != SIZE_MAX || c->at[2] != SIZE_MAX)))
		return "it needs the column `subject`, or `class` and "
		       "`identifier`";
	if (c->at[3] == SIZE_MAX || c->at[4] == SIZE_MAX)
		return "it needs the columns `purpose` and `state`";
	return NULL;
}

static void
read_header(struct intake *in, const struct slice *fields, size_t count,
	struct columns *c)
{
	const char *missing;

	find_columns(in, fields, count, c);
	missing = in->code ? NULL : check_columns(c);
	if (missing)
		intake_wrong(
			in, EXIT_CONFIG, "%s line 1: %s", in->name, missing);
}

bool
csv_header(struct intake *in, const struct csv *csv, enum csv_result result)
{
	char rule[CSV_BROKEN_BYTES];

	if (result != CSV_ROW)
		intake_wrong(in, EXIT_CONFIG, "%s line 1: %s", in->name,
			result == CSV_END
				? "it has no line that names the columns"
				: csv_broken(csv, result, rule));
	return result == CSV_ROW;
}

static struct slice
field(const struct columns *c, const struct slice *fields, const char *name)
{
	size_t at = c->at[role_of(slice_of(name))];

	return at == SIZE_MAX ? (struct slice){0} : fields[at];
}

static const char *
read_row(struct intake *in, const struct columns *c, const struct slice *fields,
	size_t count, struct slice *key, struct said_word *w)
{
	struct word_texts texts;
	const char *broken;

#define X(member, name) texts.member = field(c, fields, name);
	WORD_COLUMNS(X)
#undef X
	if (count != c->count)
		return "it has more or fewer fields than the first line";
	if (c->at[0] != SIZE_MAX)
		broken = consent_subject(
			in->job, field(c, fields, "subject"), key);
	else
		broken = consent_key(in->job, field(c, fields, "class"),
			field(c, fields, "identifier"), key);
	return broken ? broken : consent_word(in->job, &texts, w);
}

enum lethe_status
intake_csv(struct intake *in, struct slice text, struct lethe_error *err)
{
	struct slice fields[CSV_FIELDS_MAX], key;
	struct columns columns = {0};
	struct said_word word;
	char rule[CSV_BROKEN_BYTES];
	struct csv csv;
	enum csv_result result;
	enum lethe_status status = LETHE_OK;
	const char *broken;
	size_t count;

	csv_init(&csv, text);
	result = csv_next(&csv, &in->job->arena, fields, &count);
	if (csv_header(in, &csv, result))
		read_header(in, fields, count, &columns);
	while (!status && !in->code) {
		result = csv_next(&csv, &in->job->arena, fields, &count);
		if (result == CSV_END)
			break;
		in->lines++;
		broken = result == CSV_ROW ? read_row(in, &columns, fields,
						     count, &key, &word)
					   : csv_broken(&csv, result, rule);
		if (broken) {
			intake_bad(in, csv.line, broken);
			continue;
		}
		status = intake_word(in, key, &word, err);
	}
	return status;
}
