#include "cli/consent/consent_job.h"

#include "base/clock.h"
#include "cli/output.h"
#include "event/writer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Subjects of one transaction. */
#define SUBJECTS_EACH 5000
/* Most writers' transactions end, or are ended by their timeout, within it. */
#define OPEN_MS 75000

void
consent_progress(void *ctx, uint64_t done, uint64_t all)
{
	(void)ctx;
	if (!isatty(STDERR_FILENO) || !all)
		return;
	fprintf(stderr,
		"\rreading what stands: %" PRIu64 " of %" PRIu64
		" offsets (%u %%)%s",
		done, all, (unsigned)(100 * done / all),
		done == all ? "\n" : "");
}

void
consent_held(void *ctx, const char *topic, int32_t partitions)
{
	(void)ctx;
	fprintf(stderr,
		"lethe: a transaction of another program is open in %" PRId32
		" partition%s of %s; what it may say, and what others have "
		"said behind it, is not seen here\n",
		partitions, partitions == 1 ? "" : "s", topic);
}

struct listener {
	struct desk *desk;
	struct said_batch *batch;
	int32_t held; /* partitions that could not be read to their end */
};

/* What lies elsewhere comes in no order with what lies in the key's own. */
static enum lethe_status
hear(void *ctx, const struct desk_record *r, struct lethe_error *err)
{
	const struct listener *h = ctx;

	if (desk_partition(h->desk, DESK_LEDGER, r->key) != r->partition)
		return LETHE_OK;
	return said_batch_hear(h->batch, r->key, r->value, r->time_ms, err);
}

static void
note_held(void *ctx, const char *topic, int32_t partitions)
{
	struct listener *h = ctx;

	(void)topic;
	h->held = partitions;
}

static enum lethe_status
read_records(struct consent_job *j, struct listener *listener, int64_t open_ms,
	struct lethe_error *err)
{
	const struct said_batch *batch = listener->batch;
	const struct desk_sink sink = {.ctx = listener,
		.record = hear,
		.progress = consent_progress,
		.held = note_held,
		.open_ms = open_ms};
	size_t count = (size_t)desk_partitions(j->desk, DESK_LEDGER);
	bool *wanted = arena_calloc(&j->arena, count, sizeof(*wanted));

	if (!wanted)
		return fail(err, LETHE_ENOMEM, 0, "no memory for partitions");
	for (size_t i = 0; i < said_batch_subjects(batch); i++)
		wanted[desk_partition(
			j->desk, DESK_LEDGER, said_batch_key(batch, i))] = true;
	return desk_read(j->desk, DESK_LEDGER, wanted, &sink, err);
}

enum lethe_status
consent_read_records(struct consent_job *j, struct said_batch *batch,
	struct lethe_error *err)
{
	struct listener listener = {.desk = j->desk, .batch = batch};
	enum lethe_status status = read_records(j, &listener, 0, err);

	if (listener.held)
		consent_held(NULL, j->ledger->topic, listener.held);
	return status;
}

/* Put to an older record, a word would take back what was said since. */
enum lethe_status
consent_read_to_write(struct consent_job *j, struct said_batch *batch,
	struct lethe_error *err)
{
	struct listener listener = {.desk = j->desk, .batch = batch};
	enum lethe_status status = read_records(j, &listener, OPEN_MS, err);

	if (status || !listener.held)
		return status;
	return fail(err, LETHE_ETIMEOUT, 0,
		"another program's transaction in %.40s stays open and hides "
		"what was said since: nothing is written; look for a writer "
		"that hangs, then try again",
		j->ledger->topic);
}

/* What is being written. */
struct writing {
	struct desk *desk;
	int64_t now_ms;
	bool logs;
	struct said_counts counts;
};

static enum lethe_status
write_record(void *ctx, struct slice key, struct slice value,
	struct lethe_error *err)
{
	const struct writing *w = ctx;

	return desk_put(w->desk, DESK_LEDGER, -1, key, value, w->now_ms, err);
}

static enum lethe_status
write_entry(void *ctx, struct slice key, struct slice value,
	struct lethe_error *err)
{
	const struct writing *w = ctx;

	return w->logs ? desk_put(w->desk, DESK_LOG, -1, key, value, w->now_ms,
				 err)
		       : LETHE_OK;
}

static void
tell_written(size_t done, size_t all)
{
	if (isatty(STDERR_FILENO) && all > SUBJECTS_EACH)
		fprintf(stderr, "\rwritten: %zu of %zu subjects%s", done, all,
			done == all ? "\n" : "");
}

static enum lethe_status
write_some(struct writing *w, struct said_batch *batch, size_t from, size_t to,
	struct lethe_error *err)
{
	const struct said_sink sink = {
		.ctx = w, .record = write_record, .entry = write_entry};
	struct said_counts before = w->counts;
	enum lethe_status status = desk_begin(w->desk, err);

	for (size_t i = from; !status && i < to; i++)
		status = said_batch_tell(
			batch, i, w->now_ms, &sink, &w->counts, err);
	if (!status)
		status = desk_commit(w->desk, err);
	if (status) {
		desk_abort(w->desk);
		w->counts = before;
	}
	return status;
}

/*
 * A signal ends the command between two transactions: one that is left open
 * keeps all readers of the topic waiting until it times out.
 */
static enum lethe_status
write_whole(struct writing *w, struct said_batch *batch, size_t from, size_t to,
	struct lethe_error *err)
{
	enum lethe_status status;
	sigset_t ending, before;

	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	sigprocmask(SIG_BLOCK, &ending, &before);
	status = write_some(w, batch, from, to, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

static enum lethe_status
write_all(struct intake *in, struct writing *w, struct lethe_error *err)
{
	struct consent_job *j = in->job;
	size_t count = said_batch_subjects(in->batch);
	const char *id = consent_job_id(j, "");
	enum lethe_status status;

	if (!id)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a name");
	said_batch_close(in->batch);
	/* Whoever wrote under this id is ended first: what is read then is
	   changed by none of these before it is written. */
	status = desk_write(j->desk, id, err);
	if (!status)
		status = consent_read_to_write(j, in->batch, err);
	for (size_t from = 0, to; !status && from < count; from = to) {
		to = count - from > SUBJECTS_EACH ? from + SUBJECTS_EACH
						  : count;
		status = write_whole(w, in->batch, from, to, err);
		if (!status)
			tell_written(to, count);
	}
	return status;
}

/* ---- what became of it */

static void
put_number(struct writer *w, const char *key, uint64_t value)
{
	write_key(w, slice_of(key));
	write_uint(w, value);
}

static void
put_json(struct buf *out, const struct intake *in, const struct said_counts *c)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0);
	put_number(&w, "words", in->words);
	put_number(&w, "subjects", said_batch_subjects(in->batch));
	put_number(&w, "records", c->records);
#define X(field, name, one, more) put_number(&w, name, c->field);
	SAID_COUNT_MAP(X)
#undef X
	put_number(&w, "unsigned_records", c->unsigned_grants);
	put_number(&w, "revoked_grants", c->revoked);
	put_number(&w, "old_notice", in->old_notice);
	put_number(&w, "unasked", in->unasked);
	put_number(&w, "bad_lines", in->bad);
	put_number(&w, "other_events", in->other);
	put_number(&w, "no_choice", in->silent);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

static void
put_count(struct buf *out, uint64_t count, const char *one, const char *more)
{
	if (count)
		buf_printf(out, "%12" PRIu64 "  %s\n", count,
			count == 1 ? one : more);
}

/* What was read, and decides nothing or was not taken. */
static void
put_read(struct buf *out, const struct intake *in)
{
	put_count(out, in->old_notice,
		"grant is under a notice, or none, that its purpose does not "
		"accept: it gives no yes",
		"grants are under a notice, or none, that their purpose does "
		"not accept: they give no yes");
	put_count(out, in->unasked,
		"word is of a purpose that does not ask the ledger: it decides "
		"nothing",
		"words are of purposes that do not ask the ledger: they decide "
		"nothing");
	put_count(out, in->bad, "line is bad, and was left out",
		"lines are bad, and were left out");
	put_count(out, in->other, "event of another kind was passed over",
		"events of another kind were passed over");
	put_count(out, in->silent, "tells no choice, and was passed over",
		"tell no choice, and were passed over");
}

static void
put_words(struct buf *out, const struct intake *in, const struct said_counts *c)
{
	size_t subjects = said_batch_subjects(in->batch);

	buf_printf(out, "%12" PRIu64 "  word%s, of %zu subject%s\n", in->words,
		in->words == 1 ? "" : "s", subjects, subjects == 1 ? "" : "s");
#define X(field, name, one, more) put_count(out, c->field, one, more);
	SAID_COUNT_MAP(X)
#undef X
	put_count(out, c->records, "record written to the ledger",
		"records written to the ledger");
	put_count(out, c->unsigned_grants,
		"of them has grants that count no more until a signer puts "
		"them again",
		"of them have grants that count no more until a signer puts "
		"them again");
	put_count(out, c->revoked,
		"grant stood there that no signer had signed, and is "
		"withdrawn",
		"grants stood there that no signer had signed, and are "
		"withdrawn");
	put_read(out, in);
}

static int
tell(const struct intake *in, const struct said_counts *c, bool strict)
{
	struct lethe_error err = {0};
	bool all = !in->bad && !c->unreadable && !c->too_large &&
		   (!strict || !c->older);
	struct buf out;
	int code = all ? EXIT_YES : EXIT_NO;

	buf_init(&out, 0);
	if (option_has(in->job->o, "json"))
		put_json(&out, in, c);
	else
		put_words(&out, in, c);
	if (output_flush(&out, true, &err))
		code = report(&err);
	buf_fini(&out);
	return code;
}

int
intake_write(struct intake *in, bool skip, bool strict)
{
	struct writing w = {.desk = in->job->desk,
		.now_ms = clock_now_ms(),
		.logs = in->job->ledger->log != NULL};
	struct lethe_error err = {0};
	int code;

	if (in->bad && !skip) {
		fprintf(stderr,
			"lethe %s: nothing is written: mend the %" PRIu64
			" line%s, or leave %s out by --skip-bad\n",
			in->job->o->command->words, in->bad,
			in->bad == 1 ? "" : "s", in->bad == 1 ? "it" : "them");
		return EXIT_NO;
	}
	if (!in->words)
		return tell(in, &w.counts, strict);
	if (!write_all(in, &w, &err))
		return tell(in, &w.counts, strict);
	code = report(&err);
	if (w.counts.changed)
		fprintf(stderr,
			"lethe %s: %" PRIu64 " word%s written before; run it "
			"again, what stands is left out\n",
			in->job->o->command->words, w.counts.changed,
			w.counts.changed == 1 ? " was" : "s were");
	return code;
}
