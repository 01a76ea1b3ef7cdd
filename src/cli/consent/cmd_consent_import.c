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
	{"notice", "NAME",
		"what the people were shown, where the file does not say it"},
	{"source", "NAME", "who says so, for records and log"},
	CONSENT_SIGNER_OPTIONS,
	{"skip-bad", NULL, "writes the others when a line is bad"},
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

/* By enum import_format. */
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

const char *
import_unmapped(struct import *m, size_t n, const char *what)
{
	(void)snprintf(m->rule, sizeof(m->rule),
		"%s %zu of its list is named by no --map (--map NAME=- leaves "
		"one out)",
		what, n);
	return m->rule;
}

/* A file that is not there is told before any option; a person at a terminal
 * is not kept waiting for the end of what is typed. */
static int
read_all(struct consent_job *j, struct import *m, struct buf *file,
	enum import_format *format)
{
	const char *path = j->o->args[0];
	bool typed = slice_is(slice_of(path), "-");
	struct lethe_error err = {0};
	int code;

	if (!typed && consent_read_file(path, file, &err))
		return report(&err);
	code = import_options(j->o, m, format);
	if (!code)
		code = consent_job_signer(j);
	if (!code && typed && consent_read_file(path, file, &err))
		code = report(&err);
	return code;
}

static int
import(struct consent_job *j, struct import *m, struct buf *file)
{
	const char *path = j->o->args[0];
	struct lethe_error err = {0};
	enum lethe_status status;
	enum import_format format = IMPORT_SEGMENT;
	int code;

	m->in->job = j;
	code = read_all(j, m, file, &format);
	if (code)
		return code;
	status = intake_init(m->in, j,
		slice_is(slice_of(path), "-") ? "standard input" : path, &err);
	if (!status)
		status = readers[format](m, buf_slice(file), &err);
	if (status)
		return report(&err);
	if (m->in->code)
		return m->in->code;
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
	if (!option_with(&o, "passphrase", "key")) {
		free(m);
		return EXIT_USAGE;
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

static const char *const each[] = {"set", "map", "subject", "column", NULL};

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
		"mistake (`--map C0001=-`: it is none of ours; in a `csv` file "
		"a purpose's own name needs none), and so are a "
		"time without a zone and a state of another name.  Events of "
		"another kind are passed over and counted.  Every bad line is "
		"told by its number and the rule that it breaks, and then "
		"nothing is written, unless --skip-bad.\n\n"
		"--notice goes with the words of a file that has no notice.  "
		"Grants under a notice that their purpose does not accept are "
		"written and counted.\n\n"
		"Ends with 1 when a line was bad or a word could not be "
		"written; older words are no mistake.  An option that is "
		"wrong, or names a column that is not there, is usage (2); a "
		"first line without the columns that are needed is a mistake "
		"of the file (3).",
	.options = option_rows,
	.each = each,
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
