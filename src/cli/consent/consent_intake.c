#include "cli/consent/consent_job.h"

#include "base/file.h"
#include "crypto/secret.h"

#include <stdio.h>

/* Words and subjects that are read, and what is told of them. */

enum lethe_status
consent_read_file(const char *path, struct buf *out, struct lethe_error *err)
{
	buf_init(out, 0);
	return file_read(path, CONSENT_FILE_MAX, out, err);
}

enum lethe_status
intake_init(struct intake *in, struct consent_job *j, const char *name,
	struct lethe_error *err)
{
	uint64_t seed;

	*in = (struct intake){.job = j, .name = name};
	enum lethe_status status;

	random_bytes(&seed, sizeof(seed));
	status = said_batch_new(seed, &in->batch, err);
	if (!status)
		said_batch_sign(in->batch, j->ledger->signers,
			j->ledger->signer_count, j->signer);
	return status;
}

void
intake_fini(struct intake *in)
{
	said_batch_free(in->batch);
}

static bool
is_unasked(const struct consent_job *j, struct slice purpose)
{
	const struct lethe_policy *p = j->l.policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		if (slice_is(purpose, p->purposes[i].name))
			return !consent_asks(j, p->purposes[i].name);
	return false;
}

static bool
accepts(const struct consent_job *j, const struct policy_purpose *p,
	struct slice notice)
{
	const struct ledger_layout *layout = &j->ledger->layout;

	if (!p->notices || !consent_asks(j, p->name))
		return true;
	for (size_t i = 0; notice.ptr && i < layout->notice_count; i++)
		if (slice_equal(notice, layout->notices[i]))
			return bits_has(p->notices, i);
	return false;
}

/* A grant that some purpose it speaks of does not accept. */
static bool
is_old_notice(const struct consent_job *j, const struct said_word *w)
{
	const struct lethe_policy *p = j->l.policy;
	bool all = slice_is(w->purpose, SAID_ALL);

	if (w->no || w->state != LEDGER_GIVEN)
		return false;
	for (size_t i = 0; i < p->purpose_count; i++)
		if ((all || slice_is(w->purpose, p->purposes[i].name)) &&
			!accepts(j, &p->purposes[i], w->notice))
			return true;
	return false;
}

enum lethe_status
intake_word(struct intake *in, struct slice key, const struct said_word *w,
	struct lethe_error *err)
{
	const struct lethe_policy *p = in->job->l.policy;
	struct said_word word;

	in->words++;
	if (!w)
		return said_batch_add(in->batch, key, NULL, err);
	in->unasked += is_unasked(in->job, w->purpose);
	in->old_notice += is_old_notice(in->job, w);
	word = *w;
	word.max_age_ms = p->sources[p->ledger.source].rule.max_age_ms;
	return said_batch_add(in->batch, key, &word, err);
}

void
intake_bad(struct intake *in, size_t line, const char *rule)
{
	in->bad++;
	fprintf(stderr, "lethe %s: %s line %zu: %s\n",
		in->job->o->command->words, in->name, line, rule);
}

void
intake_wrong(struct intake *in, int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(in->job->o->command, format, ap);
	va_end(ap);
	in->code = code;
}

enum lethe_status
intake_subject(struct intake *in, struct slice text, size_t line,
	const struct said_word *w, struct lethe_error *err)
{
	struct slice key;
	const char *broken;

	if (text.len && text.ptr[text.len - 1] == '\r')
		text.len--;
	if (!text.len)
		return LETHE_OK;
	in->lines++;
	broken = consent_subject(in->job, text, &key);
	if (!broken)
		return intake_word(in, key, w, err);
	if (line)
		intake_bad(in, line, broken);
	else
		intake_wrong(in, EXIT_USAGE, "the argument: %s", broken);
	return LETHE_OK;
}

enum lethe_status
intake_operand(struct intake *in, const char *operand, struct buf *file,
	const struct said_word *w, struct lethe_error *err)
{
	struct slice left, line;
	enum lethe_status status = LETHE_OK;

	if (!slice_is(slice_of(operand), "-")) {
		status = intake_subject(in, slice_of(operand), 0, w, err);
	} else {
		status = consent_read_file("-", file, err);
		left = buf_slice(file);
		for (size_t n = 1; !status && left.len; n++) {
			line = slice_word(&left, '\n');
			status = intake_subject(in, line, n, w, err);
		}
	}
	/* A list that was lost on its way here must not look done. */
	if (!status && !in->lines)
		intake_wrong(in, EXIT_USAGE, "%s names no subject", in->name);
	return status;
}

int
intake_subjects(struct intake *in, struct consent_job *j, const char *operand)
{
	bool lines = slice_is(slice_of(operand), "-");
	struct lethe_error err = {0};
	struct buf file;
	enum lethe_status status = intake_init(
		in, j, lines ? "standard input" : "the argument", &err);

	buf_init(&file, 0);
	if (!status)
		status = intake_operand(in, operand, &file, NULL, &err);
	buf_fini(&file);
	if (status)
		return report(&err);
	return in->bad && !in->code ? EXIT_NO : in->code;
}

int
consent_ask(const struct command *c, int argc, char **argv,
	int (*ask)(struct consent_job *j, struct intake *in))
{
	struct intake in = {0};
	struct consent_job job;
	struct options o;
	int code;

	if (!options_parse(c, argc, argv, 1, 1, &o, &code))
		return code;
	code = consent_job_policy(&o, &job);
	if (!code)
		code = intake_subjects(&in, &job, o.args[0]);
	if (!code)
		code = ask(&job, &in);
	intake_fini(&in);
	consent_job_close(&job);
	return code;
}
