#ifndef LETHE_PROCESS_H
#define LETHE_PROCESS_H

/*
 * The pure call: policy + keys + consent + time and one event in, records and
 * decisions out.  It reads no clock, opens no file, knows no Kafka.
 *
 *   struct lethe_view *view;        policy and ring, immutable, shared
 *   struct lethe_scratch *scratch;  one a thread
 *   lethe_process(view, scratch, &input, &sink, &err);
 */

#include "lethe/ledger.h"
#include "lethe/policy.h"
#include "lethe/reason.h"
#include "lethe/ring.h"

#include <stdbool.h>

enum lethe_format {
	LETHE_FORMAT_ANY, /* input: by the first byte; record: the purpose's */
	LETHE_FORMAT_JSON,
	LETHE_FORMAT_MSGPACK,
};

struct lethe_view;
struct lethe_scratch;

struct lethe_view_options {
	size_t size;		       /* sizeof(struct lethe_view_options) */
	struct lethe_policy *policy;   /* referenced */
	const struct lethe_ring *ring; /* read during the call; NULL: tokens
					  are shown as `<class>` (explain) */
	/* Of the same policy, borrowed until the view is freed; NULL: what the
	   policy asks its ledger is `ledger_stale`. */
	const struct lethe_ledger *ledger;
	const char *purpose; /* NULL: all; else this one alone */
};

/*
 * Ties a policy to a ring: class keys are derived here, once.
 *
 * Fails: LETHE_EUSAGE when the ledger was read for another policy; LETHE_ERING
 * when the ring lacks what the policy names, or would
 * re-key a class; LETHE_ENOENTRY for an unknown purpose; LETHE_ENOMEM.
 */
LETHE_API LETHE_CHECKED enum lethe_status
lethe_view_new(const struct lethe_view_options *options,
	struct lethe_view **out, struct lethe_error *err);
LETHE_API void lethe_view_free(struct lethe_view *view); /* or NULL */

/*
 *   seed   random; keys the tables that hold names of events
 */
LETHE_API LETHE_CHECKED enum lethe_status lethe_scratch_new(
	uint64_t seed, struct lethe_scratch **out, struct lethe_error *err);
LETHE_API void lethe_scratch_free(struct lethe_scratch *scratch);

/*
 * For who writes records in transactions: what was told since the last call
 * holds, or does not.  A scratch remembers which persons have had a
 * LETHE_RECORD_REKEY; those of an aborted transaction are told again.
 */
LETHE_API void
lethe_scratch_settle(struct lethe_scratch *scratch, bool committed);

struct lethe_header {
	const char *name;
	const void *value; /* NULL allowed */
	size_t len;
};

#define LETHE_TIME_NONE INT64_MIN

struct lethe_input {
	size_t size;	   /* sizeof(struct lethe_input) */
	const void *value; /* NULL: no value, a tombstone */
	size_t len;
	enum lethe_format format;
	enum lethe_format record_format; /* ANY: as each purpose says */
	size_t channel;	   /* LETHE_CHANNEL_ANY or lethe_policy_channel() */
	int64_t now_ms;	   /* processing time, ms UTC */
	int64_t broker_ms; /* the message's timestamp, or LETHE_TIME_NONE */
	const void *key;   /* the message's key, or NULL */
	size_t key_len;
	const struct lethe_header *headers;
	size_t header_count;
};

enum lethe_record_kind {
	LETHE_RECORD_EVENT,
	/* Tells a person's new token, in an overlap of two epochs: before the
	   first record of the person, under the key of the old token. */
	LETHE_RECORD_REKEY,
	/* Tells that a person withdrew, under a token: never by lethe_process.
	 */
	LETHE_RECORD_FORGET,
};

/* A record that leaves; everything borrowed during the call. */
struct lethe_record {
	size_t purpose;
	enum lethe_record_kind kind;
	const char *key; /* the subject's token, or NULL */
	size_t key_len;
	const void *value;
	size_t value_len;
	enum lethe_format format;
	uint32_t epoch;	 /* 0: no token in it */
	int64_t time_ms; /* no finer than the purpose's time field */
};

#define LETHE_NO_FIELD SIZE_MAX
#define LETHE_NO_PURPOSE SIZE_MAX

/*
 * One thing decided, in order; field misfits come before their record, one a
 * field however many elements of a list do not fit.
 */
struct lethe_decision {
	size_t purpose; /* LETHE_NO_PURPOSE: of the whole event */
	size_t field;	/* index of the policy's field, or LETHE_NO_FIELD; with
			   MISSING_REQUIRED the first that was missing */
	enum lethe_reason reason; /* NONE: a record was sent */
	const char *source;	  /* consent source that decided, or NULL */
	enum lethe_misfit misfit; /* of a MISFIT: the first in a list */
};

/*
 * An objection that the event carries and the ledger does not hold, of a source
 * with `remember`: a record of the consent topic, to be written together with
 * the event's records.  Its key is in the clear.  Borrowed during the call.
 */
struct lethe_objection {
	const char *key; /* lethe:objection:SOURCE:CLASS:IDENTIFIER */
	size_t key_len;
	const void *value; /* JSON */
	size_t value_len;
	const void *log; /* JSON: what goes to the policy's `log`, if any */
	size_t log_len;
	const char *source, *class;
	int64_t time_ms; /* of processing */
};

struct lethe_sink {
	size_t size; /* sizeof(struct lethe_sink) */
	void *ctx;
	/* Not OK ends lethe_process with that status. */
	enum lethe_status (*record)(void *ctx, const struct lethe_record *r,
		struct lethe_error *err);
	void (*decision)(
		void *ctx, const struct lethe_decision *d); /* NULL ok */
	/*
	 * Before any record; once a person and source, until settled as not
	 * committed.  NULL: nothing is remembered.  Not OK as for records.
	 */
	enum lethe_status (*objection)(void *ctx,
		const struct lethe_objection *o, struct lethe_error *err);
};

/*
 * Processes one event.
 *
 * OK: it was understood; the sink has every record and every decision.
 * Class POISON: it was not; the sink was told of nothing; err names rule and
 * byte offset; the caller quarantines it.  Other classes: the environment:
 * LETHE_EPOCH when a purpose has no active epoch, LETHE_ERING when the view has
 * no keys and a purpose would send under tokens, LETHE_ENOMEM, the sink's own.
 *
 * Times: an event may not lie more than max_future behind, nor more than
 * max_age before, the broker's time, or now where there is none or it is
 * later than now.
 *
 * Thread: the scratch's owner; views are shared.
 */
LETHE_API LETHE_CHECKED enum lethe_status
lethe_process(const struct lethe_view *view, struct lethe_scratch *scratch,
	const struct lethe_input *input, const struct lethe_sink *sink,
	struct lethe_error *err);

#endif
