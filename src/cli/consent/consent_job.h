#ifndef CLI_CONSENT_JOB_H
#define CLI_CONSENT_JOB_H

/*
 * What the commands share that write the consent ledger and ask it: settings,
 * policy, both topics, subjects, and words as people write them.  No key is
 * needed for it.
 */

#include "cli/load.h"

#include "base/arena.h"
#include "consent/ledger/batch.h"
#include "kafka/consent/desk.h"
#include "policy/policy.h"

#define CONSENT_JOB_OPTIONS \
	{"config", "FILE", "the settings; without: LETHE_* and --set alone"}, \
	{ \
		"set", "NAME=VALUE", \
			"a setting; goes over the file; as often as needed" \
	}

struct consent_job {
	const struct options *o;
	struct load l; /* settings and policy */
	const struct policy_ledger *ledger;
	struct arena arena;
	struct desk_options options;
	struct desk *desk;
	struct signing_key *signer; /* of grants, or NULL */
	int64_t now_ms;
	/* Broken rules that name what there is instead. */
	char no_purpose[640], no_class[320];
};

/*
 * Opens what the options name; the topics are asked for.  consent_job_close
 * ends it, opened or not.
 *
 * Returns EXIT_YES, or the exit code the command ends with, told.
 */
int consent_job_open(const struct options *o, struct consent_job *out);
void consent_job_close(struct consent_job *j);

/* Opens settings and policy alone; then the topics. */
int consent_job_policy(const struct options *o, struct consent_job *out);
int consent_job_topics(struct consent_job *j);

/* Of those that write grants; see consent_job_signer. */
#define CONSENT_SIGNER_OPTIONS \
	{"key", "FILE", \
		"a signer's secret key, where the policy asks for signed " \
		"grants: a path, fd:N or command:…"}, \
	{ \
		"passphrase", "FILE", \
			"where its passphrase is found, if it has one" \
	}

/* Opens --key, which the policy must name a signer.  As consent_job_open. */
int consent_job_signer(struct consent_job *j);

/* An option's value is wrong: says what, without the usage; gives 2. */
int consent_wrong(const struct options *o, const char *format, ...)
	LETHE_PRINTF(2, 3);

/* Whether a word may be put: NULL, or which rule is broken. */
const char *
consent_may_put(const struct consent_job *j, const struct said_word *w);

/* The transactional id of those who write: APPLICATION-consentSUFFIX. */
const char *consent_job_id(struct consent_job *j, const char *suffix);

/*
 * The key of a subject's record, put into the job's arena.  Returns NULL, or
 * which rule is broken; never a byte of the identifier.
 */
const char *consent_key(struct consent_job *j, struct slice class,
	struct slice identifier, struct slice *key);

/* The same of CLASS:IDENTIFIER in one text. */
const char *
consent_subject(struct consent_job *j, struct slice text, struct slice *key);

/* A word as people write it; ptr NULL or empty: not stated. */
struct word_texts {
	struct slice purpose, state, at, until, notice, source, jurisdiction;
};

/*
 * Reads a word.  Returns NULL, or which rule is broken.
 *
 *   out   borrows from the texts
 */
const char *consent_word(const struct consent_job *j,
	const struct word_texts *texts, struct said_word *out);

#define CONSENT_TEXT_MAX 1024

/* Whether the ledger holds subjects of a class: NULL, or the broken rule. */
const char *consent_class(const struct consent_job *j, struct slice class);

/* Whether a purpose can be spoken of: NULL, or which rule is broken. */
const char *consent_purpose(const struct consent_job *j, struct slice purpose);

/* Whether the policy asks its ledger for a purpose; else words of it decide
   nothing. */
bool consent_asks(const struct consent_job *j, const char *purpose);

/* Words that were read, and lines that could not be. */
struct intake {
	struct consent_job *job;
	struct said_batch *batch;
	const char *name; /* of the file, for messages */
	uint64_t lines, words, bad, other, silent;
	uint64_t unasked;    /* of the words: see consent_asks */
	uint64_t old_notice; /* of the grants: a purpose does not accept their
				notice, or that they have none */
	int code; /* the whole cannot be read, which is told: the exit code */
};

LETHE_CHECKED enum lethe_status intake_init(struct intake *in,
	struct consent_job *j, const char *name, struct lethe_error *err);
void intake_fini(struct intake *in);

/*
 * Takes in the subjects that an operand names, CLASS:IDENTIFIER or `-` for one
 * a line of standard input, without words.  Initialises `in`.
 *
 * Returns EXIT_YES, or the exit code, told.
 */
int
intake_subjects(struct intake *in, struct consent_job *j, const char *operand);

/*
 * Runs a command whose one operand names subjects: `ask` is given them, the
 * topics not opened yet.  Returns the exit code.
 */
int consent_ask(const struct command *c, int argc, char **argv,
	int (*ask)(struct consent_job *j, struct intake *in));

/*
 * One subject of an operand (line 0) or a line, with a word or (NULL) without;
 * a mistake is told: of an operand it is one of usage, and `code` is set.
 */
LETHE_CHECKED enum lethe_status
intake_subject(struct intake *in, struct slice text, size_t line,
	const struct said_word *w, struct lethe_error *err);

/* The same of an operand; `file` holds what was read from standard input.  None
   at all is a mistake of usage. */
LETHE_CHECKED enum lethe_status
intake_operand(struct intake *in, const char *operand, struct buf *file,
	const struct said_word *w, struct lethe_error *err);

/* Takes in a word, or (NULL) a subject without one. */
LETHE_CHECKED enum lethe_status intake_word(struct intake *in, struct slice key,
	const struct said_word *w, struct lethe_error *err);

/* A line that breaks a rule, told by its number. */
void intake_bad(struct intake *in, size_t line, const char *rule);

/* The whole cannot be read: told, and `code` is set. */
void intake_wrong(struct intake *in, int code, const char *format, ...)
	LETHE_PRINTF(3, 4);

/*
 * Writes what was taken in, and tells what became of it; nothing when a line
 * was bad, unless `skip`.
 *
 *   strict   an older word is a no: it was the one that was asked for
 *
 * Returns the exit code.
 */
int intake_write(struct intake *in, bool skip, bool strict);

/*
 * Takes back what a source remembers of the subjects that an operand names, as
 * intake_subjects.  Returns the exit code.
 */
int
consent_clear(struct consent_job *j, const char *operand, const char *source);

/* Reads a file of words: put's own columns; see consent_csv.c. */
LETHE_CHECKED enum lethe_status
intake_csv(struct intake *in, struct slice text, struct lethe_error *err);

/* Reads a file or `-` whole; buf_fini(out) is the caller's. */
LETHE_CHECKED enum lethe_status
consent_read_file(const char *path, struct buf *out, struct lethe_error *err);

#define CONSENT_FILE_MAX ((size_t)2 << 30)

/*
 * Reads the current records of the batch's subjects: the partitions of their
 * keys, whole.
 */
LETHE_CHECKED enum lethe_status consent_read_records(struct consent_job *j,
	struct said_batch *batch, struct lethe_error *err);

/*
 * The same for who writes them anew.
 *
 * Fails: ETIMEOUT also where a transaction that stays open hides some of them.
 */
LETHE_CHECKED enum lethe_status consent_read_to_write(struct consent_job *j,
	struct said_batch *batch, struct lethe_error *err);

/* Offsets read, on a terminal; a desk_sink's. */
void consent_progress(void *ctx, uint64_t done, uint64_t all);

/* What was not read for a transaction that stays open; a desk_sink's. */
void consent_held(void *ctx, const char *topic, int32_t partitions);

#endif
