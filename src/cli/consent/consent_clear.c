#include "cli/consent/consent_job.h"
#include "cli/consent/objection.h"

#include "base/clock.h"
#include "cli/output.h"
#include "crypto/secret.h"
#include "event/writer.h"
#include "text/time.h"

#include <signal.h>
#include <stdio.h>

/* Objections that are taken back: tombstones of their keys. */

#define SUBJECTS_EACH 5000

struct clearing {
	struct consent_job *job;
	const char *source;
	struct said_batch *batch; /* keys of objections, to be asked about */
	struct said_reader *reader;
	struct arena arena;
	struct buf entry;
	int64_t now_ms;
	size_t cleared;
};

static enum lethe_status
add_key(struct clearing *c, struct slice subject, struct lethe_error *err)
{
	struct slice key = objection_key(&c->arena, c->source, subject);

	return key.ptr ? said_batch_add(c->batch, key, NULL, err)
		       : fail(err, LETHE_ENOMEM, 0, "no memory for a key");
}

static enum lethe_status
name_keys(struct clearing *c, const struct said_batch *subjects,
	struct lethe_error *err)
{
	uint64_t seeds[2];
	enum lethe_status status;

	random_bytes(seeds, sizeof(seeds));
	status = said_batch_new(seeds[0], &c->batch, err);
	if (!status)
		status = said_reader_new(seeds[1], &c->reader, err);
	for (size_t i = 0; !status && i < said_batch_subjects(subjects); i++)
		status = add_key(c, said_batch_key(subjects, i), err);
	if (!status)
		said_batch_close(c->batch);
	return status;
}

/* What stood there counts no more; of a record that cannot be read, null. */
static void
write_entry(struct clearing *c, struct slice value)
{
	const struct said_entry *was = NULL;
	char now[TIME_TEXT_BYTES];
	struct said said;
	struct buf text;

	buf_init(&text, 0);
	buf_reset(&c->entry);
	if (!said_read(c->reader, value, &c->arena, &said, NULL))
		was = said_of(&said, slice_of(SAID_ALL));
	if (was)
		said_write_entry(was, &text);
	else
		buf_put_text(&text, "null");
	(void)time_format(c->now_ms, GRAIN_MS, now);
	buf_printf(&c->entry,
		"{\"v\":1,\"at\":\"%s\",\"by\":\"%s\",\"purpose\":\"*\","
		"\"was\":%.*s,\"is\":null}",
		now, c->source, (int)text.len, (const char *)text.ptr);
	buf_fini(&text);
}

static enum lethe_status
clear_one(struct clearing *c, size_t subject, struct lethe_error *err)
{
	struct slice key = said_batch_key(c->batch, subject), value;
	struct desk *desk = c->job->desk;
	enum lethe_status status;
	int64_t time_ms;

	if (!said_batch_record(c->batch, subject, &value, &time_ms) ||
		!value.ptr)
		return LETHE_OK;
	write_entry(c, value);
	if (c->entry.full)
		return fail(err, LETHE_ENOMEM, 0, "no memory for an entry");
	status = desk_put(
		desk, DESK_LEDGER, -1, key, (struct slice){0}, c->now_ms, err);
	if (!status && c->job->ledger->log)
		status = desk_put(desk, DESK_LOG, -1, key, buf_slice(&c->entry),
			c->now_ms, err);
	c->cleared += !status;
	return status;
}

/* A signal ends the command between two transactions. */
static enum lethe_status
clear_some(struct clearing *c, size_t from, size_t to, struct lethe_error *err)
{
	size_t before = c->cleared;
	enum lethe_status status;
	sigset_t ending, mask;

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigprocmask(SIG_BLOCK, &ending, &mask);
	status = desk_begin(c->job->desk, err);
	for (size_t i = from; !status && i < to; i++)
		status = clear_one(c, i, err);
	if (!status)
		status = desk_commit(c->job->desk, err);
	if (status) {
		desk_abort(c->job->desk);
		c->cleared = before;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return status;
}

static enum lethe_status
clear_all(struct clearing *c, struct lethe_error *err)
{
	size_t count = said_batch_subjects(c->batch);
	const char *id = consent_job_id(c->job, "");
	enum lethe_status status;

	if (!id)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a name");
	status = desk_write(c->job->desk, id, err);
	if (!status)
		status = consent_read_to_write(c->job, c->batch, err);
	for (size_t from = 0; !status && from < count; from += SUBJECTS_EACH)
		status = clear_some(c, from,
			count - from > SUBJECTS_EACH ? from + SUBJECTS_EACH
						     : count,
			err);
	return status;
}

static int
tell(const struct clearing *c)
{
	size_t count = said_batch_subjects(c->batch);
	struct lethe_error err = {0};
	struct buf out;
	int code = EXIT_YES;

	buf_init(&out, 0);
	if (option_has(c->job->o, "json"))
		buf_printf(&out, "{\"subjects\":%zu,\"cleared\":%zu}\n", count,
			c->cleared);
	else
		buf_printf(&out,
			"%12zu  objection%s taken back, of %zu subject%s\n",
			c->cleared, c->cleared == 1 ? "" : "s", count,
			count == 1 ? "" : "s");
	if (output_flush(&out, true, &err))
		code = report(&err);
	buf_fini(&out);
	return code;
}

static bool
is_remembering(const struct consent_job *j, const char *source)
{
	const struct ledger_layout *layout = &j->ledger->layout;

	for (size_t i = 0; i < layout->objection_count; i++)
		if (slice_is(layout->objections[i], source))
			return true;
	return false;
}

int
consent_clear(struct consent_job *j, const char *operand, const char *source)
{
	struct clearing c = {
		.job = j, .source = source, .now_ms = clock_now_ms()};
	struct intake in = {0};
	struct lethe_error err = {0};
	int code;

	if (!is_remembering(j, source))
		return usage_error(j->o->command,
			"--clear-objection: the policy has no source %s with "
			"`remember`",
			source);
	arena_init(&c.arena, 0);
	buf_init(&c.entry, 0);
	code = intake_subjects(&in, j, operand);
	if (!code)
		code = consent_job_topics(j);
	if (!code && (name_keys(&c, in.batch, &err) || clear_all(&c, &err)))
		code = report(&err);
	if (!code)
		code = tell(&c);
	intake_fini(&in);
	said_batch_free(c.batch);
	said_reader_free(c.reader);
	arena_fini(&c.arena);
	buf_fini(&c.entry);
	return code;
}
