#ifndef MODEL_CLUSTER_H
#define MODEL_CLUSTER_H

/*
 * A cluster without a broker, for the lane's state machine: logs, a group's
 * offsets, one open transaction, and another member of the group that never
 * fails.  It is told of effects as they become visible, and holds each against
 * what must be: every input once, whole, in order, together with its offset.
 */

#include "suite.h"

#include "kafka/assign.h"
#include "unit/verdicts.h"

#include <stdio.h>

/* Check writes a note at each of its own assertions: too slow for these. */
#define must(holds, ...) \
	do { \
		if (!(holds)) \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

#define PARTITIONS 3
#ifndef LOG_MAX
#define LOG_MAX 48
#endif
#define PARTS_MAX 2
#define CALLS_MAX 1000000
#define PENDING_MAX (PARTITIONS * LOG_MAX * PARTS_MAX)

/* What the broker does with an input's last record. */
enum nature {
	PLAIN,
	TOO_BIG,      /* refused, as its report says */
	HUGE_AT_ONCE, /* refused when produced */
	HUGE,	      /* refused, and so is its quarantine record */
};

/* Whom reports of a refused record name. */
enum naming {
	BY_CHANCE, /* any of these */
	ALONE,	   /* its input */
	TOGETHER,  /* all inputs: one request held the records of all */
	NAMELESS,  /* nobody */
	NAMINGS
};

/* What an input became. */
enum kind { RECORD, ASIDE, STUB };

struct effect {
	int32_t partition;
	int64_t offset;
	enum kind kind;
	int part;     /* of the records of an input */
	size_t input; /* whose it is, by its place in the transaction */
};

/* The calls of ops.h that can fail, and a record's report. */
#define MODEL_CALLS(X) \
	X(SUBSCRIBE) \
	X(POLL) \
	X(ASSIGN) \
	X(UNASSIGN) \
	X(COMMITTED) \
	X(RANGE) \
	X(OPEN) \
	X(BEGIN) \
	X(PRODUCE) \
	X(REPORT) \
	X(SEND_OFFSETS) \
	X(COMMIT) \
	X(ABORT)

enum call {
#define X(name) CALL_##name,
	MODEL_CALLS(X)
#undef X
		CALLS
};

enum producer {
	PRODUCER_NONE,
	PRODUCER_READY,
	PRODUCER_OPEN, /* a transaction is */
	PRODUCER_BAD,  /* it must be aborted, for `code` */
	PRODUCER_LOST, /* fatal, for `code` */
};

/* An error that a test wants, once. */
struct script {
	enum call call;
	rd_kafka_resp_err_t error;
	unsigned skip;	/* calls before */
	unsigned times; /* 0: none is wanted */
	enum verdict_in in;
};

struct kafka {
	uint64_t seed, random;
	unsigned trouble; /* of 1000 calls, how many go wrong */
	uint64_t turn[CALLS];
	uint64_t polls;
	struct script script;
	int64_t clock_ms;
	int64_t max_age_ms; /* of a transaction's records; 0: no limit */
	int64_t began_ms, flushed_ms;
	size_t flushed; /* records that lay in the log by then */
	int64_t slow;	/* how much longer a sleep is than asked for */
	int64_t end_ms; /* how long a commit or an abort takes */

	/* the cluster */
	enum nature nature[PARTITIONS][LOG_MAX];
	uint8_t blamed[PARTITIONS][LOG_MAX]; /* kinds refused by accident */
	int64_t low[PARTITIONS], length[PARTITIONS], group[PARTITIONS];
	int64_t next[PARTITIONS]; /* the input whose effect is due */
	int part[PARTITIONS];	  /* and its record */
	size_t effects, aside;	  /* that are visible */
	size_t own;		  /* inputs done, but for the rival's */
	struct effect pending[PENDING_MAX];
	size_t pending_count;
	int64_t pending_offsets[PARTITIONS]; /* -1: none */
	struct held memory[PARTITIONS], pending_held[PARTITIONS];
	int generation;
	bool retention;	     /* may pass the group, once */
	bool rival;	     /* another member is there */
	int64_t ring_at_ms;  /* 0: never; the rival has a newer ring then */
	int64_t ring_lag_ms; /* and the process so much later */

	/* the process */
	atomic_bool *stop;
	int64_t stop_at_ms;  /* 0: never; as it sleeps */
	unsigned long calls; /* it made, in all its lives */
	unsigned calls_left; /* 0: many; then it is killed */
	unsigned polls_left; /* 0: many; then it is asked to stop */
	bool dead;

	/* the producer */
	enum producer producer;
	rd_kafka_resp_err_t code;
	enum lethe_status cause; /* why a record was refused for good */
	size_t input;		 /* whose records are produced */
	struct kafka_span suspects;
	enum naming naming;
	bool refused; /* a record was, nobody knows yet */
	bool failed;  /* a record was, as reported */
	bool ended;   /* committed, and nobody knows */
	bool asks;    /* the commit wants to be called again */
	bool doubt;   /* records it aborted were written, it was not told */

	/* the consumer */
	const struct kafka_rebalance *told;
	bool ours[PARTITIONS], gapped[PARTITIONS];
	int64_t position[PARTITIONS];
	int our_generation;  /* -1: no member */
	int told_generation; /* of what we were last told is ours */
	bool slipped;	/* joined anew, gave nothing up, was not told yet */
	bool eager;	/* it may */
	bool joining;	/* what went went; what comes is to come */
	bool held_back; /* and does not come yet */
	bool lost;
	bool paused[PARTITIONS];
	bool gated;  /* its events wait at times, as for a ledger */
	bool shut;   /* they do now */
	size_t held; /* messages not yet released */
};

/* How often each error was injected at each call, in all histories. */
static unsigned long injected[CALLS][VERDICT_ROWS];

static inline uint32_t
roll(struct kafka *k, uint32_t sides)
{
	k->random ^= k->random << 13;
	k->random ^= k->random >> 7;
	k->random ^= k->random << 17;
	return (uint32_t)(k->random >> 33) % sides;
}

static inline bool
goes_wrong(struct kafka *k)
{
	return k->trouble && roll(k, 1000) < k->trouble;
}

static inline size_t
row_of(rd_kafka_resp_err_t error)
{
	for (size_t i = 0; i < VERDICT_ROWS; i++)
		if (verdict_rows[i].error == error)
			return i;
	ck_abort_msg("no such error: %d", error);
	return 0;
}

/*
 * The error that a call meets, or NULL.  Errors of a call take turns, so that
 * none is left out; a lack of rights, which ends the process, comes seldom.
 */
static inline const struct verdict_row *
trouble_at(struct kafka *k, enum call call)
{
	struct script *s = &k->script;
	size_t i;

	if (s->times && s->call == call) {
		if (s->skip) {
			s->skip--;
			return NULL;
		}
		s->times--;
		return &verdict_rows[row_of(s->error)];
	}
	if (!goes_wrong(k))
		return NULL;
	do
		i = k->turn[call]++ % VERDICT_ROWS;
	while (verdict_rows[i].report == 'D' && roll(k, 3));
	injected[call][i]++;
	return &verdict_rows[i];
}

static inline enum lethe_status
wrong(struct lethe_error *err, enum lethe_status status)
{
	return fail(err, status, 0, "injected");
}

static inline int
parts_of(int64_t offset)
{
	return offset % 3 ? PARTS_MAX : 1;
}

static inline enum kind
kind_of(enum nature nature)
{
	return nature == PLAIN ? RECORD : nature == HUGE ? STUB : ASIDE;
}

/* Only what was refused goes aside. */
static inline bool
is_due(const struct kafka *k, const struct effect *e)
{
	enum kind kind = kind_of(k->nature[e->partition][e->offset]);

	for (; kind < e->kind; kind++)
		if (!(k->blamed[e->partition][e->offset] >> kind & 1))
			return false;
	return kind == e->kind;
}

static inline void
show(struct kafka *k, const struct effect *e)
{
	int p = e->partition;

	must(e->offset == k->next[p] && e->part == k->part[p],
		"seed %lu: partition %d: record %d of input %ld where record "
		"%d of %ld was due",
		(unsigned long)k->seed, p, e->part, (long)e->offset, k->part[p],
		(long)k->next[p]);
	must(is_due(k, e), "seed %lu: input %d:%ld is of kind %d",
		(unsigned long)k->seed, p, (long)e->offset, e->kind);
	k->effects++;
	k->aside += e->kind != RECORD;
	if (e->kind != RECORD || ++k->part[p] == parts_of(e->offset)) {
		k->next[p]++;
		k->part[p] = 0;
	}
}

static inline void
clear_pending(struct kafka *k)
{
	k->pending_count = 0;
	for (int p = 0; p < PARTITIONS; p++)
		k->pending_offsets[p] = -1;
}

/* The open transaction becomes visible, with the offsets it carries. */
static inline void
apply(struct kafka *k)
{
	for (size_t i = 0; i < k->pending_count; i++) {
		show(k, &k->pending[i]);
		k->own += !k->part[k->pending[i].partition];
	}
	for (int p = 0; p < PARTITIONS; p++) {
		if (k->pending_offsets[p] >= 0) {
			k->group[p] = k->pending_offsets[p];
			must(k->pending_held[p].ring >= k->memory[p].ring,
				"seed %lu: partition %d forgets a ring",
				(unsigned long)k->seed, p);
			k->memory[p] = k->pending_held[p];
		}
		must(k->part[p] == 0 &&
				(k->group[p] < 0 ? !k->next[p]
						 : k->group[p] == k->next[p]),
			"seed %lu: partition %d: offset %ld goes with input "
			"%ld, record %d",
			(unsigned long)k->seed, p, (long)k->group[p],
			(long)k->next[p], k->part[p]);
		must(!k->ours[p] || k->group[p] >= 0,
			"seed %lu: partition %d: no start offset",
			(unsigned long)k->seed, p);
	}
	clear_pending(k);
}

/* Whether a transaction that could still be committed has records of it. */
static inline bool
is_in_work(const struct kafka *k, int p)
{
	if (k->producer != PRODUCER_OPEN)
		return false;
	for (size_t i = 0; i < k->pending_count; i++)
		if (k->pending[i].partition == p)
			return true;
	return k->pending_offsets[p] >= 0;
}

/* The rival waits for the pending transaction, and stops at a gap. */
static inline void
rival_does(struct kafka *k, int p, int64_t count)
{
	if (k->pending_offsets[p] >= 0)
		return;
	if (k->group[p] < 0)
		k->group[p] = 0;
	if (count && k->ring_at_ms && k->clock_ms >= k->ring_at_ms)
		k->memory[p].ring = 4;
	for (; count && k->group[p] < k->length[p] && k->group[p] >= k->low[p];
		count--) {
		struct effect e = {.partition = p, .offset = k->group[p]++};

		e.kind = kind_of(k->nature[p][e.offset]);
		for (; e.part < (e.kind == RECORD ? parts_of(e.offset) : 1);
			e.part++)
			show(k, &e);
	}
}

/* Another member, which never fails, works on a partition. */
static inline void
rival_works(struct kafka *k, int p)
{
	int64_t count = roll(k, 5);

	if (k->rival)
		rival_does(k, p, count);
}

/* Retention passes the group's offset. */
static inline void
retention_passes(struct kafka *k)
{
	int p = (int)roll(k, PARTITIONS);

	if (!k->retention || k->group[p] < 0 || k->group[p] >= k->length[p])
		return;
	k->retention = false;
	k->low[p] = k->group[p] + 1 +
		    roll(k, (uint32_t)(k->length[p] - k->group[p]));
}

/* What people do about a gap, with no lethe running. */
static inline void
accept_gaps(struct kafka *k)
{
	clear_pending(k);
	for (int p = 0; p < PARTITIONS; p++)
		if (k->group[p] >= 0 && k->group[p] < k->low[p])
			k->next[p] = k->group[p] = k->low[p];
}

static inline bool
has_gap(const struct kafka *k)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (k->group[p] >= 0 && k->group[p] < k->low[p])
			return true;
	return false;
}

static inline bool
all_done(const struct kafka *k)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (k->group[p] < k->length[p])
			return false;
	return true;
}

static inline void
model_init(struct kafka *k, uint64_t seed)
{
	*k = (struct kafka){.seed = seed,
		.random = seed * 0x9e3779b97f4a7c15u + 1,
		.our_generation = -1,
		.slow = 1};
	for (int i = 0; i < 8; i++)
		roll(k, 2);
	for (int i = 0; i < CALLS; i++)
		k->turn[i] = seed + (uint64_t)i;
	for (int p = 0; p < PARTITIONS; p++)
		k->group[p] = -1;
	clear_pending(k);
}

/*
 * Whether this call is made at all: a process that was killed makes none, and
 * what it seems to hear is of no consequence.
 */
static inline bool
is_dead(struct kafka *k)
{
	must(++k->calls < CALLS_MAX, "seed %lu: it goes on for ever",
		(unsigned long)k->seed);
	if (k->calls_left && --k->calls_left == 0)
		k->dead = true;
	return k->dead;
}

#endif
