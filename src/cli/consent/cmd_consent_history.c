#include "cli/commands.h"
#include "cli/consent/consent_job.h"
#include "cli/output.h"

#include "crypto/secret.h"
#include "event/reader.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CONSENT_JOB_OPTIONS,
	{"json", NULL, "the entries as they lie in the log, one a line"},
	{NULL, NULL, NULL}};

/* What is shown of an entry: X(SLOT, "path"). */
#define PATHS(X) \
	X(AT, "$.at") \
	X(BY, "$.by") \
	X(PURPOSE, "$.purpose") \
	X(WAS, "$.was.state") \
	X(IS, "$.is.state") \
	X(SAID, "$.is.at") \
	X(SINCE, "$.is.since") \
	X(UNTIL, "$.is.until") \
	X(NOTICE, "$.is.notice")

enum slot {
#define X(slot, path) SLOT_##slot,
	PATHS(X)
#undef X
		SLOT_COUNT
};

struct history {
	struct slice key;
	bool json;
	struct reader *reader;
	struct trie *trie;
	struct arena arena;
	struct buf out;
	uint64_t entries;
};

static enum lethe_status
open_paths(struct history *h, struct lethe_error *err)
{
	static const char *const paths[] = {
#define X(slot, path) path,
		PATHS(X)
#undef X
	};
	enum lethe_status status = trie_new(&h->trie, err);
	struct path path;

	for (uint32_t i = 0; !status && i < SLOT_COUNT; i++) {
		status = path_parse(&h->arena, slice_of(paths[i]), &path, err);
		if (!status)
			status = trie_add(h->trie, &path, i, err);
	}
	return status ? status : trie_seal(h->trie, SLOT_COUNT, err);
}

static void
put(struct history *h, const struct reading *r, enum slot slot,
	const char *before)
{
	const struct value *v = reading_get(r, slot);

	if (v->kind != VALUE_STRING)
		return;
	buf_put_text(&h->out, before);
	for (size_t i = 0; i < v->text.len; i++)
		buf_put_byte(
			&h->out, v->text.ptr[i] < ' ' || v->text.ptr[i] == 127
					 ? '?'
					 : v->text.ptr[i]);
}

static void
put_words(struct history *h, const struct reading *r)
{
	put(h, r, SLOT_AT, "");
	put(h, r, SLOT_PURPOSE, "  ");
	put(h, r, SLOT_IS, ": ");
	put(h, r, SLOT_SAID, " at ");
	put(h, r, SLOT_SINCE, " since ");
	put(h, r, SLOT_UNTIL, " until ");
	put(h, r, SLOT_NOTICE, ", notice ");
	put(h, r, SLOT_WAS, "; was ");
	put(h, r, SLOT_BY, "; by ");
	buf_put_byte(&h->out, '\n');
}

/* An entry that is no JSON object stands in the log by others: it is told of,
 * and not shown. */
static enum lethe_status
take(void *ctx, struct slice key, struct slice value, int64_t time_ms,
	struct lethe_error *err)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct history *h = ctx;
	struct reading reading;
	enum lethe_status status;

	(void)time_ms;
	if (!slice_equal(key, h->key))
		return LETHE_OK;
	h->entries++;
	status = reader_read(h->reader, h->trie, &limits, FORMAT_JSON, value,
		NULL, &reading, err);
	if (lethe_status_class(status) == LETHE_CLASS_POISON) {
		fputs("lethe consent history: an entry is none of lethe's, and "
		      "cannot be read\n",
			stderr);
		return LETHE_OK;
	}
	if (status)
		return status;
	if (h->json) {
		buf_put_slice(&h->out, value);
		buf_put_byte(&h->out, '\n');
	} else {
		put_words(h, &reading);
	}
	return output_flush(&h->out, false, err);
}

static enum lethe_status
read_log(struct consent_job *j, struct history *h, struct lethe_error *err)
{
	const struct desk_sink sink = {
		.ctx = h, .record = take, .progress = consent_progress};
	size_t count = (size_t)desk_partitions(j->desk, DESK_LOG);
	bool *wanted = arena_calloc(&j->arena, count, sizeof(*wanted));
	enum lethe_status status;
	uint64_t seed;

	if (!wanted)
		return fail(err, LETHE_ENOMEM, 0, "no memory for partitions");
	wanted[desk_partition(j->desk, DESK_LOG, h->key)] = true;
	random_bytes(&seed, sizeof(seed));
	status = reader_new(seed, &h->reader, err);
	if (!status)
		status = open_paths(h, err);
	if (!status)
		status = desk_read(j->desk, DESK_LOG, wanted, &sink, err);
	return status ? status : output_flush(&h->out, true, err);
}

static int
history(struct consent_job *j, struct slice key)
{
	struct history h = {.key = key, .json = option_has(j->o, "json")};
	struct lethe_error err = {0};
	enum lethe_status status;

	if (!j->ledger->log) {
		(void)fail(&err, LETHE_EPOLICY, 0,
			"the ledger of the policy has no `log`: its topic "
			"keeps "
			"what stands, and no history");
		return report(&err);
	}
	arena_init(&h.arena, 0);
	buf_init(&h.out, 0);
	status = read_log(j, &h, &err);
	reader_free(h.reader);
	trie_free(h.trie);
	buf_fini(&h.out);
	arena_fini(&h.arena);
	if (status)
		return report(&err);
	if (!h.entries)
		fputs("lethe consent history: the log has nothing of this "
		      "subject\n",
			stderr);
	return h.entries ? EXIT_YES : EXIT_NO;
}

static int
run(int argc, char **argv)
{
	struct intake in = {0};
	struct consent_job job;
	struct options o;
	int code;

	if (!options_parse(
		    &cmd_consent_history, argc, argv, 1, SIZE_MAX, &o, &code))
		return code;
	if (o.arg_count > 1)
		return usage_error(&cmd_consent_history,
			"one subject; `-` reads it from standard input");
	code = consent_job_policy(&o, &job);
	if (!code)
		code = intake_subjects(&in, &job, o.args[0]);
	if (!code && said_batch_subjects(in.batch) != 1)
		code = usage_error(&cmd_consent_history, "one subject");
	if (!code)
		code = consent_job_topics(&job);
	if (!code)
		code = history(&job, said_batch_key(in.batch, 0));
	intake_fini(&in);
	consent_job_close(&job);
	return code;
}

const struct command cmd_consent_history = {
	.words = "consent history",
	.synopsis = "CLASS:IDENTIFIER|- [--json] --config FILE",
	.summary = "every change of a subject's record, from the log",
	.about =
		"Shows the entries of the append-only log (`log` of the "
		"ledger in the policy) for one subject, in their order: when "
		"it was written down, what is said since then, what was said "
		"before, and by whom.  The ledger's own topic is compacted and "
		"keeps no history.  What other programs write to the ledger "
		"alone stands in no log.  `-` reads CLASS:IDENTIFIER from "
		"standard input; an argument is seen in the list of "
		"processes.\n\n"
		"Ends with 1 when the log has nothing of the subject.",
	.options = option_rows,
	.examples = "lethe consent history - --config shop/lethe.yaml < "
		    "user.txt\n"
		    "lethe consent history - --json --config shop/lethe.yaml "
		    "< user.txt | jq .is",
	.run = run,
};
