#ifndef TOPICS_TOPICS_H
#define TOPICS_TOPICS_H

/*
 * The topics that a policy implies: what each should be, held against what the
 * cluster has.  Functions of their arguments alone; nothing here asks or
 * changes a cluster.
 */

#include "engine/view.h"

/* What is looked at of a kind of topic. */
enum {
	TOPICS_MANAGED = 1, /* `lethe topics apply` makes and mends it */
	TOPICS_READERS = 2, /* who may read it is held against recipients */
	TOPICS_OURS = 4,    /* lethe alone writes it */
	TOPICS_RETAINS = 8, /* the policy states how long it keeps */
};

/*
 * X(KIND, "name", flags, "cleanup.policy")
 *
 * The name stands in --json and never changes.
 */
#define TOPICS_KIND_MAP(X) \
	X(OUTPUT, "output", \
		TOPICS_MANAGED | TOPICS_READERS | TOPICS_OURS | \
			TOPICS_RETAINS, \
		"delete") \
	X(QUARANTINE, "quarantine", \
		TOPICS_MANAGED | TOPICS_OURS | TOPICS_RETAINS, "delete") \
	X(LEDGER, "ledger", TOPICS_MANAGED, "compact") \
	X(LEDGER_LOG, "ledger_log", TOPICS_MANAGED, "delete") \
	X(RAW, "raw", TOPICS_RETAINS, "delete")

enum topics_kind {
#define X(kind, name, flags, cleanup) TOPICS_##kind,
	TOPICS_KIND_MAP(X)
#undef X
};

/* The settings of a topic that are looked at: X(CONFIG, "name"). */
#define TOPICS_CONFIG_MAP(X) \
	X(CLEANUP, "cleanup.policy") \
	X(RETENTION, "retention.ms") \
	X(SEGMENT, "segment.ms") \
	X(MESSAGE, "max.message.bytes") \
	X(INSYNC, "min.insync.replicas") \
	X(STAMP, "message.timestamp.type") \
	X(TOMBSTONES, "delete.retention.ms")

enum topics_config {
#define X(config, name) TOPICS_CONFIG_##config,
	TOPICS_CONFIG_MAP(X)
#undef X
		TOPICS_CONFIG_COUNT
};

#define TOPICS_VALUE_BYTES 32

/* What a topic should be.  Texts are borrowed from the policy. */
struct topics_wanted {
	enum topics_kind kind;
	const char *topic;
	const char *purpose;  /* TOPICS_OUTPUT; else NULL */
	int64_t retention_ms; /* the most; 0: the policy does not state it */
	const char *const *readers; /* TOPICS_READERS */
	size_t reader_count;
	bool keyed;	       /* its partitions hold the order of keys */
	int64_t message_bytes; /* the least max.message.bytes */
	int32_t partitions;    /* of a new one */
	int32_t replicas;      /* of a new one; the least of another */
};

/* Whether something could be learnt of the cluster. */
enum topics_known {
	TOPICS_UNASKED,
	TOPICS_KNOWN,
	TOPICS_DENIED, /* a right is missing */
	TOPICS_NONE,   /* the cluster has no such thing */
};

enum { TOPICS_READ = 1, TOPICS_WRITE = 2 };

/* One access rule that matches a topic. */
struct topics_right {
	const char *principal; /* User:NAME; User:* is everybody */
	const char *pattern;   /* the resource: its name, a prefix, or * */
	const char *host;      /* * is any */
	bool prefixed;
	bool allow;    /* false: it denies */
	bool all;      /* it names the operation All */
	unsigned what; /* TOPICS_READ | TOPICS_WRITE */
};

/* Where one keyed record lies: of the key its hash alone. */
struct topics_record {
	uint32_t hash; /* murmur2 */
	int32_t partition;
};

struct topics_own {
	const char *name, *value; /* NULL: the broker does not show it */
};

/* What a topic is.  Texts live as long as the asker's arena. */
struct topics_found {
	bool exists;
	int32_t partitions;
	int32_t replicas; /* of the partition that has fewest */

	enum topics_known configs;
	const char *values[TOPICS_CONFIG_COUNT]; /* NULL: not told */
	struct topics_own *own; /* set for this topic, all of them */
	size_t own_count;

	enum topics_known rights;
	struct topics_right *rules;
	size_t rule_count;

	enum topics_known written;
	struct topics_record *records; /* some, the oldest */
	size_t record_count;
};

/* How many topics a view implies, each once. */
size_t topics_count(const struct lethe_view *view);

/*
 * What they should be: purposes in the order of the policy, the quarantine,
 * the ledger and its log, raw topics.  Of a raw topic that inputs share the
 * shortest retention holds.
 *
 *   message_bytes   the least max.message.bytes of an output
 *   quarantine      of the quarantine
 *   out             topics_count of them; partitions and replicas are 0
 */
void topics_want(const struct lethe_view *view, int64_t message_bytes,
	int64_t quarantine, struct topics_wanted *out);

unsigned topics_flags(enum topics_kind kind);
const char *topics_kind_name(enum topics_kind kind);
const char *topics_config_name(enum topics_config config);

/*
 * The value that a topic should have; false: it may have any.
 *
 *   found   NULL or not there: of a new one
 */
bool topics_value(const struct topics_wanted *wanted,
	const struct topics_found *found, enum topics_config config,
	char out[static TOPICS_VALUE_BYTES]);

/* Whether the value that it has may stay: a stricter one may. */
bool topics_holds(const struct topics_wanted *wanted,
	const struct topics_found *found, enum topics_config config);

/*
 * Whether it keeps its records longer than the policy allows; false when the
 * policy or the cluster does not say.
 */
bool topics_keeps_longer(
	const struct topics_wanted *wanted, const struct topics_found *found);

/* What can be wrong: how bad it is. */
enum topics_level {
	TOPICS_NOTE,	/* could not be looked at; nothing differs by that */
	TOPICS_DRIFT,	/* differs; a person mends it */
	TOPICS_MENDED,	/* differs; apply mends it */
	TOPICS_CREATED, /* is not there; apply creates it */
};

/* X(WHAT, "name", LEVEL): the name stands in --json and never changes. */
#define TOPICS_WHAT_MAP(X) \
	X(MISSING, "missing", CREATED) \
	X(RAW_MISSING, "raw_missing", DRIFT) \
	X(CONFIGS_UNKNOWN, "configs_unknown", DRIFT) \
	X(CLEANUP_POLICY, "cleanup_policy", MENDED) \
	X(RETENTION_LONG, "retention_long", MENDED) \
	X(SEGMENT_LONG, "segment_long", MENDED) \
	X(MESSAGE_SMALL, "max_message_bytes", MENDED) \
	X(MIN_INSYNC, "min_insync_replicas", MENDED) \
	X(TIMESTAMP_TYPE, "timestamp_type", MENDED) \
	X(TOMBSTONES_SHORT, "tombstones_short", MENDED) \
	X(RETENTION_UNSTATED, "retention_unstated", DRIFT) \
	X(RAW_RETENTION_LONG, "raw_retention_long", DRIFT) \
	X(REPLICAS_FEW, "replicas_few", DRIFT) \
	X(PARTITIONS_CHANGED, "partitions_changed", DRIFT) \
	X(FOREIGN_WRITER, "foreign_writer", DRIFT) \
	X(FOREIGN_READER, "foreign_reader", DRIFT) \
	X(RIGHTS_UNKNOWN, "rights_unknown", NOTE) \
	X(NO_AUTHORIZER, "no_authorizer", NOTE) \
	X(PRINCIPAL_UNKNOWN, "principal_unknown", NOTE) \
	X(RECORDS_UNREAD, "records_unread", NOTE) \
	X(LOG_KEEPS, "log_keeps", NOTE)

enum topics_what {
#define X(what, name, level) TOPICS_##what,
	TOPICS_WHAT_MAP(X)
#undef X
};

struct topics_finding {
	enum topics_what what;
	const struct topics_wanted *wanted; /* its topic */
	const struct topics_found *found;
	enum topics_config config;	/* of those that are about one */
	char value[TOPICS_VALUE_BYTES]; /* which it should have */
	const struct topics_right *right;
	int32_t partitions; /* PARTITIONS_CHANGED: written with so many; 0: no
			       one number explains it */
};

struct topics_findings {
	struct topics_finding *rows;
	size_t count, cap;
	bool full; /* no memory: the rows are useless */
};

void topics_findings_fini(struct topics_findings *f);

const char *topics_what_name(enum topics_what what);
enum topics_level topics_level(enum topics_what what);

/* How many findings are of this level or a higher one. */
size_t topics_differ(const struct topics_findings *f, enum topics_level least);

/*
 * Holds one topic against what it should be; findings are appended.
 *
 *   principal   lethe's own, User:NAME; NULL: not known
 */
void topics_compare(const struct topics_wanted *wanted,
	const struct topics_found *found, const char *principal,
	struct topics_findings *out);

/*
 * The numbers of partitions that the records were written with: 0 when they
 * lie where `now` puts them; else the largest below it that puts every one
 * there that lies elsewhere; -1 when there is none.
 */
int32_t topics_written_with(
	const struct topics_record *records, size_t count, int32_t now);

/* The next rule after `at` that lets a stranger do it; NULL: no more. */
const struct topics_right *topics_stranger(const struct topics_wanted *wanted,
	const struct topics_found *found, unsigned what, const char *principal,
	size_t *at);

#endif
