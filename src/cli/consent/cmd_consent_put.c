#include "cli/commands.h"
#include "cli/consent/consent_job.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CONSENT_JOB_OPTIONS,
	{"purpose", "NAME", "of the policy; `*`: of all, later ones too"},
	{"state", "given|refused|withdrawn|paused|expired|unknown|no",
		"what was said; no: withdrawn where a grant stands, else "
		"refused"},
	{"at", "TIME", "when it was said (default: now)"},
	{"until", "TIME", "the end of the grant or of the pause"},
	{"notice", "NAME", "what the person was shown"},
	{"source", "NAME", "who says so, for the record and the log"},
	{"jurisdiction", "NAME", "where the person is, for the record"},
	{"csv", "FILE",
		"words of a file, or of `-`; its first line names the "
		"columns"},
	{"clear-objection", "SOURCE",
		"instead of a word: takes back what was remembered of this "
		"source"},
	CONSENT_SIGNER_OPTIONS,
	{"skip-bad", NULL, "writes the others when a line is bad"},
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

static struct slice
text_of(const struct options *o, const char *name)
{
	const char *text = option_get(o, name);

	return text ? slice_of(text) : (struct slice){0};
}

static int
read_word(const struct consent_job *j, struct said_word *out)
{
	const struct options *o = j->o;
	const struct word_texts texts = {.purpose = text_of(o, "purpose"),
		.state = text_of(o, "state"),
		.at = text_of(o, "at"),
		.until = text_of(o, "until"),
		.notice = text_of(o, "notice"),
		.source = text_of(o, "source"),
		.jurisdiction = text_of(o, "jurisdiction")};
	const char *broken = consent_word(j, &texts, out);

	return broken ? consent_wrong(o, "%s", broken) : EXIT_YES;
}

static enum lethe_status
take_csv(struct intake *in, const char *path, struct buf *file,
	struct lethe_error *err)
{
	enum lethe_status status = consent_read_file(path, file, err);

	return status ? status : intake_csv(in, buf_slice(file), err);
}

static int
check_usage(const struct options *o)
{
	static const char *const words[] = {"purpose", "state", "at", "until",
		"notice", "source", "jurisdiction"};
	static const char *const of_words[] = {"csv", "purpose", "state", "at",
		"until", "notice", "source", "jurisdiction", "key",
		"passphrase", "skip-bad", NULL};
	bool csv = option_has(o, "csv"),
	     clear = option_has(o, "clear-objection");

	if (csv == (o->arg_count != 0))
		return usage_error(o->command,
			"one of the two: CLASS:IDENTIFIER (or `-` for one a "
			"line), or --csv FILE");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *word = option_get(o, words[i]);

		if (word && csv)
			return usage_error(o->command,
				"--%s is a column of --csv", words[i]);
		/* In a file it would say nothing of that. */
		if (word && !*word)
			return usage_error(
				o->command, "--%s is empty", words[i]);
	}
	if (!option_without(o, "clear-objection", of_words) ||
		!option_with(o, "passphrase", "key"))
		return EXIT_USAGE;
	if (option_has(o, "skip-bad") && !csv &&
		!slice_is(slice_of(o->args[0]), "-"))
		return usage_error(o->command,
			"--skip-bad is of lines: of `-`, or of --csv");
	if (!csv && !clear &&
		(!option_needed(o, "purpose") || !option_needed(o, "state")))
		return EXIT_USAGE;
	return EXIT_YES;
}

static int
put(struct consent_job *j, struct intake *in, struct buf *file)
{
	const char *csv = option_get(j->o, "csv");
	const char *operand = csv ? csv : j->o->args[0];
	bool stdin_read = slice_is(slice_of(operand), "-");
	struct lethe_error err = {0};
	struct said_word word = {0};
	enum lethe_status status;
	int code = consent_job_signer(j);

	if (!code && !csv)
		code = read_word(j, &word);
	if (code)
		return code;
	status = intake_init(in, j,
		stdin_read ? "standard input"
		: csv	   ? csv
			   : "the argument",
		&err);
	if (!status)
		status = csv ? take_csv(in, csv, file, &err)
			     : intake_operand(in, operand, file, &word, &err);
	if (status)
		return report(&err);
	if (in->code)
		return in->code;
	if (in->bad && !option_has(j->o, "skip-bad"))
		return intake_write(in, false, !csv);
	code = consent_job_topics(j);
	return code ? code : intake_write(in, true, !csv);
}

static int
run(int argc, char **argv)
{
	struct intake in = {0};
	struct consent_job job;
	struct buf file;
	struct options o;
	int code;

	if (!options_parse(&cmd_consent_put, argc, argv, 0, 1, &o, &code))
		return code;
	code = check_usage(&o);
	if (code)
		return code;
	buf_init(&file, 0);
	code = consent_job_policy(&o, &job);
	if (!code && option_has(&o, "clear-objection"))
		code = consent_clear(
			&job, o.args[0], option_get(&o, "clear-objection"));
	else if (!code)
		code = put(&job, &in, &file);
	intake_fini(&in);
	consent_job_close(&job);
	buf_fini(&file);
	return code;
}

const struct command cmd_consent_put = {
	.words = "consent put",
	.synopsis =
		"CLASS:IDENTIFIER|- --purpose NAME --state STATE "
		"[--until TIME] [--notice NAME] | --csv FILE "
		"[--skip-bad] | --clear-objection SOURCE CLASS:IDENTIFIER|-",
	.summary = "writes what people said to the consent ledger",
	.about =
		"Puts a word to the record of a subject: what it says of one "
		"purpose, or of `*`, all of them.  Everything else that stands "
		"in the record stays.  The record and an entry of the log go "
		"in one transaction.  `-` reads one CLASS:IDENTIFIER a line "
		"from standard input; an identifier given as an argument is "
		"seen in the list of processes.  It is brought into its "
		"class's normal form.\n\n"
		"A grant that is renewed before its end, under the same "
		"notice, keeps its beginning.  An older word changes nothing, "
		"and of two at one time the "
		"stricter counts; `*` does not loosen what stands under a "
		"purpose's own name.\n\n"
		"Where the policy has `grants_signed_by`, --key signs the "
		"record; refusals need no key, and leave the signature where "
		"the grants beside them stay as they are.\n\n"
		"--clear-objection takes back what a source with `remember` "
		"wrote of an objection; what a person said otherwise stays.\n\n"
		"--csv takes a file with a line a word.  Columns: `subject` "
		"(or `class` and `identifier`), `purpose`, `state`, and as "
		"needed `at`, `until`, `notice`, `source`, `jurisdiction`.  "
		"Every bad line is told by its number and the rule that it "
		"breaks, and then nothing is written, unless --skip-bad.  "
		"Transactions hold 5,000 subjects; run it again after a "
		"failure, what stands is left out.\n\n"
		"Ends with 1 when a line was bad or a word could not be "
		"written, and where the word is given by options also when it "
		"is older than what stands.  Of a file older words are no "
		"mistake.  An argument or option that is wrong is usage (2), "
		"and so is a standard input that names nobody; columns that a "
		"file must not or does not have are a mistake of the file "
		"(3).",
	.options = option_rows,
	.each = each_setting,
	.examples =
		"lethe consent put - --purpose recommendations --state given "
		"--notice banner-7 --config shop/lethe.yaml < user.txt\n"
		"lethe consent put - --purpose '*' --state withdrawn "
		"--config shop/lethe.yaml < user.txt\n"
		"lethe consent put --csv words.csv --config "
		"shop/lethe.yaml",
	.run = run,
};
