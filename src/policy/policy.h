#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

/*
 * A compiled policy: what the engine runs.  Immutable; everything in it lives
 * in its arena.  Inputs, events, classes, sources, purposes and fields are
 * numbered in the order of the file; slots are numbered over the whole policy.
 */

#include "lethe/policy.h"

#include "base/bits.h"
#include "consent/decide.h"
#include "consent/ledger/record.h"
#include "consent/signals/signals.h"
#include "crypto/ring.h"
#include "event/reader.h"
#include "transform/transform.h"

#define PURPOSES_MAX 64
#define CLASSES_MAX 63 /* and one for the event id */
#define EVENTS_MAX BITS_MAX

/* Where a value is found in one input.  Cleared: nowhere. */
struct place {
	bool is;	       /* false: this input has no such place */
	enum path_root root;   /* PATH_VALUE: in the event, at `slot` */
	uint32_t slot;	       /* else SLOT_NONE */
	uint32_t container;    /* of a path with [*]: what stands before it */
	const char *header;    /* PATH_HEADER: its name */
	const char *text;      /* as written, for people */
	unsigned line, column; /* in the file */
};

/* An event is recognised when every match holds. */
struct event_match {
	struct place at;
	const struct value *values; /* any of these scalars, type included */
	size_t count;
};

struct event_rule {
	size_t event; /* index of its name */
	const struct event_match *matches;
	size_t count;
};

enum out_of_range {
	RANGE_DROP,
	RANGE_BROKER_TIME,
};

struct policy_input {
	const char *name;
	const char *const *topics;
	size_t topic_count;
	bool json, msgpack;
	struct place event_id; /* is == false: none */
	struct {
		struct place at;
		enum time_form form;
		int64_t max_future_ms; /* default 5 min */
		int64_t max_age_ms;    /* INT64_MAX: no limit */
		enum out_of_range out_of_range;
	} time;
	struct limits limits;
	int64_t retention_ms;		/* of its topics; 0: not stated */
	const struct event_rule *rules; /* in order: the first that holds */
	size_t rule_count;
};

struct policy_class {
	const char *name;
	struct slice prefix;
	struct place *const *from; /* [input][n] */
	const size_t *from_count;  /* [input] */
	bool by_input;		   /* `from` names inputs */
	size_t within;		   /* class index, or SIZE_MAX */
	bool lower;
	const struct slice *ignore; /* normal forms, compared fold-case */
	size_t ignore_count;
	int64_t lifetime_ms; /* of a key of its tokens; 0: as its epoch */
	uint8_t rules[DIGEST_BYTES]; /* from, within, normalise, ignore, prefix,
					lifetime */
	unsigned line;
};

struct policy_source {
	const char *name;
	const struct signal *signal;
	const struct place *at;		    /* [input] */
	const struct place *const *members; /* [input][n]: below it */
	size_t member_count;
	struct signal_rule rule;
	bool remember; /* its objections are written to the ledger */
	unsigned line;
};

/* Whether what a source answers depends on what a purpose asks of it. */
static inline bool
source_is_asked(const struct policy_source *s)
{
	return s->signal->asks != SIGNAL_ASKS_YES && !s->rule.objection;
}

/* The source that is the consent ledger; a policy has one at most. */
struct policy_ledger {
	bool is;	   /* false: the policy has none */
	size_t source;	   /* its index */
	const char *topic; /* the compacted topic */
	const char *log;   /* `log`: the append-only topic, or NULL */
	uint64_t classes; /* bits of the classes whose subjects are looked up */
	int64_t max_staleness_ms; /* default 500 */
	int64_t max_lag_ms;	  /* default 30 s */
	int64_t heartbeat_ms;	  /* of the ledger's origin; 0: none expected */
	/* A transaction older than this is decided anew, where a purpose is
	   notified; default 10 s. */
	int64_t forget_after_ms;
	/* Whose signatures a grant needs, Ed25519 public keys; none: unsigned
	   ones count. */
	const uint8_t (*signers)[32];
	size_t signer_count;
	uint64_t remembers; /* bits of the sources with `remember` */
	/* Purposes by their names in the policy's order; notices: all that any
	   purpose accepts; objections: the sources with `remember`. */
	struct ledger_layout layout;
};

/* What one purpose asks of one source. */
struct policy_ask {
	size_t source;
	struct signal_ask ask;
	/* What stands under each text, where the format looks there. */
	const struct place *const *members; /* [input][n] */
};

enum out_kind {
	OUT_FIELD,  /* `field` */
	OUT_OBJECT, /* its children, those that have a value */
	OUT_LIST,   /* objects (or scalars) merged by element index */
};

/* The shape of a record: what stands where, in policy order. */
struct out_node {
	enum out_kind kind;
	struct slice key;  /* empty: a list's scalar element */
	struct slice json; /* the key as JSON has it, with its colon */
	/* Of a field that is a token: what stands beside it in an overlap; ptr
	   NULL of another. */
	struct slice was;      /* the key */
	struct slice was_json; /* and as JSON has it */
	size_t field;
	const struct out_node *children;
	size_t child_count;
};

struct policy_purpose {
	const char *name;
	const char *topic;
	enum event_format format;
	struct consent_rule rule;
	const struct policy_ask *asks;
	size_t ask_count;
	bool all_events; /* no `on` */
	struct bits on;
	const size_t *identity; /* class indexes in order; count 0: none */
	size_t identity_count;
	bool id; /* a token of the event id, as `id` */
	/* `accepts_notice`: bits of the ledger layout's notices, by bits_has;
	   of none any notice is accepted. */
	const struct bits *notices; /* NULL: any */
	bool notify;		    /* `on_withdrawal: notify` */
	int64_t expires_ms;	    /* INT64_MAX: never */
	int64_t retention_ms;	    /* of its topic; 0: not stated */
	int64_t rotate_every_ms;    /* 0: no rotation is asked for */
	int64_t rotate_overlap_ms;
	const char *destroy_early; /* what rights end with it; NULL: never */
	const char *const *recipients; /* who may read its topic */
	size_t recipient_count;
	size_t domain;	       /* index into ring_want.domains, or SIZE_MAX */
	struct out_node shape; /* OUT_OBJECT: the fields of a record */
	char shape_digest[2 * DIGEST_BYTES + 1]; /* hex */
	unsigned line;
};

struct policy_field {
	const char *as;	   /* as written: items[].sku */
	uint64_t purposes; /* bits */
	bool all_events;   /* no `on` */
	struct bits on;
	bool required;
	bool each;     /* one value per element */
	bool has_path; /* false: of the event itself, `at` is nowhere */
	struct transform what;
	const struct place *at; /* [input]; where !is: absent there */
	unsigned line, column;
};

enum quarantine_payload {
	QUARANTINE_SEALED,
	QUARANTINE_REFERENCE,
};

/*
 * What a reader needs before it knows which input an event is of.  Inputs of
 * one topic have the same limits and formats; channel 0 takes what any input
 * takes.
 */
struct policy_channel {
	const char *topic; /* NULL: channel 0, any topic */
	const size_t *inputs;
	size_t input_count;
	struct trie *trie;
	struct limits limits;
	bool json, msgpack;
};

struct lethe_policy {
	struct arena arena;
	_Atomic unsigned refs;

	const char *name;
	int64_t revision;
	uint8_t digest[DIGEST_BYTES]; /* of the file's bytes */
	const char *label;	      /* "12-<hex digest>" */

	const struct policy_input *inputs;
	size_t input_count;
	const char *const *events;
	size_t event_count;
	const struct policy_class *classes;
	size_t class_count;
	const struct policy_source *sources;
	size_t source_count;
	struct policy_ledger ledger;
	int64_t clock_skew_ms; /* `consent.clock_skew`, default 5 min */
	const struct policy_purpose *purposes;
	size_t purpose_count;
	const struct policy_field *fields;
	size_t field_count;

	struct policy_channel *channels; /* [0] any, then one a topic */
	size_t channel_count;
	uint32_t slot_count;
	bool has_lifetimes; /* a class of it has one */
	bool reads_headers; /* a place of it is @header["…"] */

	struct {
		const char *topic; /* NULL: no quarantine section */
		enum quarantine_payload payload;
		int64_t retention_ms; /* 0: not stated */
	} quarantine;

	/* want.classes[i] is class i; want.classes[class_count] the event id,
	   which is there only when a purpose asks for `id`. */
	struct ring_want want;

	struct pattern **patterns; /* owned; freed with the policy */
	size_t pattern_count;
};

/* Whether a purpose is to be told of withdrawals. */
static inline bool
policy_notifies(const struct lethe_policy *p)
{
	for (size_t i = 0; i < p->purpose_count; i++)
		if (p->purposes[i].notify)
			return true;
	return false;
}

/* The reserved class of event ids. */
#define EVENT_ID_CLASS "event_id"
#define EVENT_ID_PREFIX "id"

/* The reserved class of the consent ledger's heartbeats and objections. */
#define LEDGER_CLASS "lethe"

/* Before SOURCE:CLASS:IDENTIFIER in the key of an objection. */
#define LEDGER_OBJECTION LEDGER_CLASS ":objection:"

#endif
