#include "cli/commands.h"
#include "cli/consent/consent_job.h"
#include "cli/consent/subject_log.h"
#include "cli/output.h"

#include "crypto/secret.h"
#include "event/reader.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CONSENT_JOB_OPTIONS,
	{"json", NULL,
		"the entries as they lie in the log, one a line; to those of "
		"an objection `objection` is added, its source"},
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
	struct subject_log log;
	bool json;
	struct reader *reader;
	struct trie *trie;
	struct arena arena;
	struct buf out;
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
put_words(struct history *h, const struct log_entry *e, const struct reading *r)
{
	put(h, r, SLOT_AT, "");
	if (e->source)
		buf_printf(&h->out, "  objection of %s, for", e->source);
	put(h, r, SLOT_PURPOSE, e->source ? " " : "  ");
	if (e->source && reading_get(r, SLOT_IS)->kind != VALUE_STRING)
		buf_put_text(&h->out, ": taken back");
	put(h, r, SLOT_IS, ": ");
	put(h, r, SLOT_SAID, " at ");
	put(h, r, SLOT_SINCE, " since ");
	put(h, r, SLOT_UNTIL, " until ");
	put(h, r, SLOT_NOTICE, ", notice ");
	put(h, r, SLOT_WAS, "; was ");
	put(h, r, SLOT_BY, "; by ");
	buf_put_byte(&h->out, '\n');
}

/* An object without its end, and without what is blank before that. */
static struct slice
open_object(struct slice text)
{
	while (text.len && text.ptr[text.len - 1] != '}')
		text.len--;
	text.len -= text.len != 0;
	while (text.len && text.ptr[text.len - 1] <= ' ')
		text.len--;
	return text;
}

/* The entry as it lies there; that of an objection says so in a last member. */
static void
put_json(struct history *h, const struct log_entry *e)
{
	struct slice rest = e->source ? open_object(e->value) : e->value;

	buf_put_slice(&h->out, rest);
	if (e->source)
		buf_printf(&h->out, "%s\"objection\":\"%s\"}",
			rest.len && rest.ptr[rest.len - 1] == '{' ? "" : ",",
			e->source);
	buf_put_byte(&h->out, '\n');
}

/* An entry that is no JSON object stands in the log by others: it is told of,
 * and not shown. */
static enum lethe_status
show_entry(
	struct history *h, const struct log_entry *e, struct lethe_error *err)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct reading reading;
	enum lethe_status status = reader_read(h->reader, h->trie, &limits,
		FORMAT_JSON, e->value, NULL, &reading, err);

	if (lethe_status_class(status) == LETHE_CLASS_POISON) {
		fputs("lethe consent history: an entry is none of lethe's, and "
		      "cannot be read\n",
			stderr);
		return LETHE_OK;
	}
	if (status)
		return status;
	if (h->json)
		put_json(h, e);
	else
		put_words(h, e, &reading);
	return output_flush(&h->out, false, err);
}

static enum lethe_status
show_log(struct history *h, struct lethe_error *err)
{
	enum lethe_status status;
	uint64_t seed;

	random_bytes(&seed, sizeof(seed));
	status = reader_new(seed, &h->reader, err);
	if (!status)
		status = open_paths(h, err);
	for (size_t i = 0; !status && i < h->log.count; i++)
		status = show_entry(h, &h->log.entries[i], err);
	return status ? status : output_flush(&h->out, true, err);
}

/* What was looked for, without the identifier. */
static void
tell_nothing(const struct consent_job *j, const struct history *h)
{
	struct slice rest = h->log.keys[0].key, class;

	(void)slice_cut(&rest, ':', &class);
	fprintf(stderr,
		"lethe consent history: the log %s has nothing of this subject "
		"of the class %.*s",
		j->ledger->log, (int)class.len, (const char *)class.ptr);
	for (size_t i = 1; i < h->log.key_count; i++)
		fprintf(stderr, "%s%s",
			i == 1 ? ", nor an objection of " : ", ",
			h->log.keys[i].source);
	fputs("; another class of the person may have entries of its own\n",
		stderr);
}

static int
history(struct consent_job *j, struct intake *in)
{
	struct history h = {.json = option_has(j->o, "json")};
	struct lethe_error err = {0};
	enum lethe_status status;
	int code;

	if (said_batch_subjects(in->batch) != 1)
		return usage_error(j->o->command, "one subject");
	if (!j->ledger->log) {
		(void)fail(&err, LETHE_EPOLICY, 0,
			"the ledger of the policy has no `log`: its topic "
			"keeps "
			"what stands, and no history");
		return report(&err);
	}
	code = consent_job_topics(j);
	if (code)
		return code;
	arena_init(&h.arena, 0);
	buf_init(&h.out, 0);
	status =
		subject_log_read(&h.log, j, said_batch_key(in->batch, 0), &err);
	if (!status)
		status = show_log(&h, &err);
	if (!status && !h.log.count)
		tell_nothing(j, &h);
	reader_free(h.reader);
	trie_free(h.trie);
	subject_log_fini(&h.log);
	buf_fini(&h.out);
	arena_fini(&h.arena);
	if (status)
		return report(&err);
	return h.log.count ? EXIT_YES : EXIT_NO;
}

static int
run(int argc, char **argv)
{
	return consent_ask(&cmd_consent_history, argc, argv, history);
}

const struct command cmd_consent_history = {
	.words = "consent history",
	.synopsis = "CLASS:IDENTIFIER|- [--json] --config FILE",
	.summary = "every change of a subject's record, from the log",
	.about = "Shows the entries of the append-only log (`log` of the "
		 "ledger in the policy) for one subject, in their order: when "
		 "it was written down, what is said since then, what was said "
		 "before, and by whom.  Objections that a source remembers of "
		 "the "
		 "subject, and their being taken back, stand among them by "
		 "time; another class of the person (the device) may have "
		 "some of its own.  The ledger's own topic is compacted and "
		 "keeps no history.  What other programs write to the ledger "
		 "alone stands in no log.  `-` reads CLASS:IDENTIFIER from "
		 "standard input; an argument is seen in the list of "
		 "processes.\n\n"
		 "Ends with 1 when the log has nothing of the subject.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe consent history - --config shop/lethe.yaml < "
		    "user.txt\n"
		    "lethe consent history - --json --config shop/lethe.yaml "
		    "< user.txt | jq .is",
	.run = run,
};
