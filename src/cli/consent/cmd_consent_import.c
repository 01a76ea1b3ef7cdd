#include "cli/commands.h"
#include "cli/consent/import.h"

#include <stdio.h>
#include <stdlib.h>

static const struct option_row option_rows[] = {CONSENT_JOB_OPTIONS,
	{"format", "segment|snowplow|onetrust-csv|csv", "what the file holds"},
	{"map", "CATEGORY=PURPOSE",
		"a category of theirs is this purpose of the policy; `-` for "
		"PURPOSE: none of ours; as often as needed"},
	{"subject", "CLASS=WHERE",
		"where the identifier of a class stands: a path such as "
		"$.userId, or a column; as often as needed"},
	{"column", "WHAT=NAME",
		"of a CSV file: which column is purpose, state, at, until, "
		"notice, source or jurisdiction"},
	{"source", "NAME", "who says so, for records and log"},
	CONSENT_SIGNER_OPTIONS,
	{"skip-bad", NULL, "writes the others when a line is bad"},
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

static const char *const formats[] = {
	"segment", "snowplow", "onetrust-csv", "csv", NULL};

static enum lethe_status (*const readers[])(
	struct import *m, struct slice text, struct lethe_error *err) = {
	import_segment, import_snowplow, import_onetrust_csv, import_csv};

size_t
import_next_purpose(const struct import *m, size_t from)
{
	for (size_t i = from; i < m->map_count; i++) {
		bool seen = !m->maps[i].purpose.ptr;

		for (size_t k = 0; k < i && !seen; k++)
			seen = m->maps[k].purpose.ptr &&
			       slice_equal(
				       m->maps[k].purpose, m->maps[i].purpose);
		if (!seen)
			return i;
	}
	return SIZE_MAX;
}

const char *
import_take(struct import *m, const struct import_said *s,
	const struct said_word *words, size_t count, struct lethe_error *err)
{
	struct slice keys[IMPORT_SUBJECTS_MAX];
	const char *broken = "no identifier of a subject is there";
	size_t found = 0;

	for (size_t i = 0; i < m->subject_count; i++) {
		if (!s->ids[i].len)
			continue;
		broken = consent_key(m->in->job, m->subjects[i].class,
			s->ids[i], &keys[found]);
		if (broken)
			return broken;
		found++;
	}
	for (size_t i = 0; i < count; i++)
		if (consent_may_put(m->in->job, &words[i]))
			return consent_may_put(m->in->job, &words[i]);
	for (size_t i = 0; i < found; i++)
		for (size_t k = 0; k < count; k++)
			if (intake_word(m->in, keys[i], &words[k], err))
				return "no memory for it";
	return found ? NULL : broken;
}

/* ---- what the options say */

static bool
cut(const struct options *o, const char *name, const char *text,
	struct slice *left, struct slice *right)
{
	*right = slice_of(text);
	if (slice_cut(right, '=', left) && left->len && right->len)
		return true;
	usage_error(o->command, "--%s is written NAME=NAME", name);
	return false;
}

static int
read_maps(const struct options *o, struct import *m)
{
	const char *text, *broken;
	size_t at = 0;

	while ((text = option_each(o, "map", &at))) {
		struct import_map *map = &m->maps[m->map_count];

		if (m->map_count == IMPORT_MAPS_MAX)
			return usage_error(o->command, "--map: at most %d",
				IMPORT_MAPS_MAX);
		if (!cut(o, "map", text, &map->category, &map->purpose))
			return EXIT_USAGE;
		for (size_t i = 0; i < m->map_count; i++)
			if (slice_equal(m->maps[i].category, map->category))
				return usage_error(o->command,
					"--map names a category twice");
		m->map_count++;
		if (slice_is(map->purpose, "-")) {
			map->purpose = (struct slice){0};
			continue;
		}
		broken = slice_is(map->purpose, SAID_ALL)
				 ? "not to `*`: the purposes one by one"
				 : consent_purpose(m->in->job, map->purpose);
		if (broken)
			return usage_error(o->command, "--map: %s", broken);
	}
	return m->map_count ? EXIT_YES
			    : usage_error(o->command, "--map is needed");
}

static int
read_subjects(const struct options *o, struct import *m)
{
	const char *text;
	size_t at = 0;

	while ((text = option_each(o, "subject", &at))) {
		struct import_subject *s = &m->subjects[m->subject_count];

		if (m->subject_count++ == IMPORT_SUBJECTS_MAX)
			return usage_error(o->command, "--subject: at most %d",
				IMPORT_SUBJECTS_MAX);
		if (!cut(o, "subject", text, &s->class, &s->at))
			return EXIT_USAGE;
	}
	return m->subject_count
		       ? EXIT_YES
		       : usage_error(o->command, "--subject is needed");
}

static int
read_columns(const struct options *o, struct import *m, bool csv)
{
	struct slice role;
	const char *text;
	size_t at = 0;

	while ((text = option_each(o, "column", &at))) {
		struct import_column *c = &m->columns[m->column_count];
		size_t i = 3; /* behind those of subjects */

		if (!csv)
			return usage_error(
				o->command, "--column is of CSV files");
		if (m->column_count++ == IMPORT_COLUMNS_MAX)
			return usage_error(o->command, "--column: at most %d",
				IMPORT_COLUMNS_MAX);
		if (!cut(o, "column", text, &role, &c->name))
			return EXIT_USAGE;
		while (csv_roles[i] && !slice_is(role, csv_roles[i]))
			i++;
		if (!csv_roles[i])
			return usage_error(o->command,
				"--column: WHAT is one of purpose, state, at, "
				"until, notice, source, jurisdiction");
		c->role = csv_roles[i];
	}
	return EXIT_YES;
}

static int
read_options(const struct options *o, struct import *m, size_t *format)
{
	int code;

	*format = SIZE_MAX;
	if (!option_choice(o, "format", formats, format) ||
		!option_needed(o, "format"))
		return EXIT_USAGE;
	if (option_get(o, "source"))
		m->source = slice_of(option_get(o, "source"));
	code = read_maps(o, m);
	if (!code)
		code = read_subjects(o, m);
	return code ? code : read_columns(o, m, *format >= 2);
}

static int
import(struct consent_job *j, struct import *m, struct buf *file)
{
	const char *path = j->o->args[0];
	struct lethe_error err = {0};
	enum lethe_status status;
	size_t format;
	int code;

	m->in->job = j;
	code = read_options(j->o, m, &format);
	if (!code)
		code = consent_job_signer(j);
	if (code)
		return code;
	status = intake_init(m->in, j,
		slice_is(slice_of(path), "-") ? "standard input" : path, &err);
	if (!status)
		status = consent_read_file(path, file, &err);
	if (!status)
		status = readers[format](m, buf_slice(file), &err);
	if (status)
		return report(&err);
	if (m->in->bad && !option_has(j->o, "skip-bad"))
		return intake_write(m->in, false, false);
	code = consent_job_topics(j);
	return code ? code : intake_write(m->in, true, false);
}

static int
run(int argc, char **argv)
{
	struct intake in = {0};
	struct import *m = calloc(1, sizeof(*m));
	struct lethe_error err = {0};
	struct consent_job job;
	struct buf file;
	struct options o;
	int code;

	if (!m) {
		(void)fail(&err, LETHE_ENOMEM, 0, "no memory for options");
		return report(&err);
	}
	if (!options_parse(&cmd_consent_import, argc, argv, 1, 1, &o, &code)) {
		free(m);
		return code;
	}
	m->in = &in;
	buf_init(&file, 0);
	code = consent_job_policy(&o, &job);
	if (!code)
		code = import(&job, m, &file);
	intake_fini(&in);
	consent_job_close(&job);
	buf_fini(&file);
	free(m);
	return code;
}

const struct command cmd_consent_import = {
	.words = "consent import",
	.synopsis = "FILE|- --format FORMAT --map CATEGORY=PURPOSE... "
		    "--subject CLASS=WHERE... [--skip-bad]",
	.summary = "writes what others have recorded to the consent ledger",
	.about =
		"Reads an export and puts each word that is in it to the "
		"ledger, as `lethe consent put` does: in the order of their "
		"times, older ones change nothing, and each change is an entry "
		"of the log.  It can be run again.\n\n"
		"Formats: `segment`, a JSON event a line, of which `Segment "
		"Consent Preference Updated` counts; a purpose is given when "
		"all its categories are true, and one that is missing is not.  "
		"`snowplow`, a tracker's payload a line: consent_preferences "
		"and consent_withdrawn with `all`.  `onetrust-csv` and `csv`, "
		"with the columns that --column names; the first has "
		"OneTrust's words for states.\n\n"
		"Nothing is guessed: a category that no --map names is a "
		"mistake (`--map C0001=-`: it is none of ours), and so are a "
		"time without a zone and a state of another name.  Events of "
		"another kind are passed over and counted.  Every bad line is "
		"told by its number and the rule that it breaks, and then "
		"nothing is written, unless --skip-bad.\n\n"
		"Ends with 1 when a line was not taken.",
	.options = option_rows,
	.examples = "lethe consent import events.ndjson --format segment "
		    "--map Advertising=- --map Personalization=recommendations "
		    "--subject 'user=$.userId' --config shop/lethe.yaml\n"
		    "lethe consent import receipts.csv --format onetrust-csv "
		    "--map 'Recommendations=recommendations' --subject "
		    "user=Identifier --column 'purpose=Purpose Name' --column "
		    "state=Status --column 'at=Interaction Date' --config "
		    "shop/lethe.yaml",
	.run = run,
};
