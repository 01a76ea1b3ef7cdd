#ifndef BASE_METRIC_H
#define BASE_METRIC_H

/*
 * Every metric that lethe shows, as one table, and a page of them in the
 * Prometheus text format 0.0.4.  Labels take their values from the policy, the
 * settings and closed lists; never from an event.
 */

#include "base/buf.h"

#include <stdint.h>

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
};

/* X(CODE, "name", TYPE, "labels, by commas", "help") */
#define METRIC_MAP(X) \
	X(BUILD, "lethe_build_info", GAUGE, "version,client", \
		"1; which lethe and which client library run.") \
	X(POLICY, "lethe_policy_info", GAUGE, "policy,revision", \
		"1; the policy in force, its revision and digest.") \
	X(POLICY_SINCE, "lethe_policy_applied_timestamp_seconds", GAUGE, "", \
		"When the policy in force took effect.") \
	X(RELOADS, "lethe_policy_reloads_total", COUNTER, "result", \
		"Changed policies that were applied or refused.") \
	X(POLICY_REFUSED, "lethe_policy_refused", GAUGE, "", \
		"1 while the policy's file holds what was refused, 0 else.") \
	X(POLICY_REVISION, "lethe_policy_revision", GAUGE, "", \
		"Revision of the policy in force.") \
	X(POLICY_NEXT, "lethe_policy_next_instant_seconds", GAUGE, "revision", \
		"Seconds until a signed policy that waits is in force; " \
		"absent: none waits.") \
	X(RING_VERSION, "lethe_ring_version", GAUGE, "ring", \
		"Version of the key ring in force, by the ring's id.") \
	X(RING_RELOADS, "lethe_ring_reloads_total", COUNTER, "result", \
		"Changed rings that were applied or refused.") \
	X(RING_REFUSED, "lethe_ring_refused", GAUGE, "", \
		"1 while the ring's file holds what was refused, 0 else.") \
	X(RING_EPOCH, "lethe_ring_epoch_info", GAUGE, \
		"purpose,epoch,fingerprint,state", \
		"1; an epoch whose key this process holds.") \
	X(RING_NEXT, "lethe_ring_next_instant_seconds", GAUGE, "", \
		"Seconds until an epoch of the ring next begins or ends; " \
		"absent: no instant is to come.") \
	X(ROTATION_DUE, "lethe_rotation_due_seconds", GAUGE, "purpose", \
		"Seconds until a purpose's `rotate` asks for another epoch, " \
		"below 0 when overdue; absent: none is asked for, or one is " \
		"scheduled.") \
	X(CLOCK_SKEW, "lethe_clock_skew_seconds", GAUGE, "", \
		"This machine's clock minus the broker's, by `clock.topic`; " \
		"absent: not measured.") \
	X(EVENTS, "lethe_events_total", COUNTER, "", \
		"Input events of committed transactions.") \
	X(EVENT_BYTES, "lethe_event_bytes_total", COUNTER, "", \
		"Bytes of the values of input events of committed " \
		"transactions.") \
	X(RECORDS, "lethe_records_total", COUNTER, "purpose", \
		"Records written for a purpose.") \
	X(RECORD_BYTES, "lethe_record_bytes_total", COUNTER, "", \
		"Bytes of the values of records, all purposes.") \
	X(REKEYS, "lethe_rekeys_total", COUNTER, "purpose", \
		"Records that tell the new token of a person, in an overlap " \
		"of two epochs.") \
	X(FORGETS, "lethe_forgets_total", COUNTER, "purpose", \
		"Records that tell a purpose's readers to forget a person " \
		"who " \
		"withdrew; absent of one that does not ask for them.") \
	X(OBJECTIONS, "lethe_objections_total", COUNTER, "", \
		"Objections of events that were written to the consent " \
		"ledger; absent where none are remembered.") \
	X(EVENTS_DROPPED, "lethe_events_dropped_total", COUNTER, "reason", \
		"Events that no purpose was asked about, by why.") \
	X(DROPPED, "lethe_dropped_total", COUNTER, "purpose,reason", \
		"Events that gave a purpose no record, by why.") \
	X(QUARANTINED, "lethe_quarantined_total", COUNTER, "reason", \
		"Events that were sealed into the quarantine, by why.") \
	X(YIELD, "lethe_yield", GAUGE, "purpose", \
		"Share of the last five minutes' events meant for a purpose " \
		"that gave it a record; absent without such events.") \
	X(FIELD_VALUES, "lethe_field_values_total", COUNTER, \
		"purpose,field,did", \
		"Records in which a field left, and whether its value was " \
		"kept, changed or tokenised.") \
	X(FIELD_MISFITS, "lethe_field_misfits_total", COUNTER, \
		"purpose,field,reason", \
		"Values that were dropped because they do not fit their " \
		"field, by why.") \
	X(LAG, "lethe_lag_messages", GAUGE, "lane", \
		"Messages that wait in the partitions of a lane.") \
	X(EVENT_AGE, "lethe_event_age_seconds", HISTOGRAM, "", \
		"Age of a transaction's oldest event when it was committed, " \
		"by the broker's timestamp.") \
	X(PARTITIONS, "lethe_partitions_assigned", GAUGE, "lane", \
		"Input partitions that a lane reads.") \
	X(TRANSACTIONS, "lethe_transactions_total", COUNTER, "result", \
		"Transactions committed and aborted.") \
	X(TRANSACTION_SECONDS, "lethe_transaction_seconds", HISTOGRAM, "", \
		"From the begin of a transaction to the answer to its " \
		"commit.") \
	X(REBALANCES, "lethe_rebalances_total", COUNTER, "", \
		"Changes of the assignment.") \
	X(RECREATIONS, "lethe_producer_recreations_total", COUNTER, "", \
		"Producers that were lost and made anew.") \
	X(QUEUE, "lethe_queue_bytes", GAUGE, "queue", \
		"Bytes that wait: fetched, retained until their commit (the " \
		"most at once of the last second), produced and unsent; the " \
		"client's as of some seconds ago.") \
	X(STALLED, "lethe_lane_stalled_seconds", GAUGE, "lane", \
		"How long input has waited without progress; 0: it moves.") \
	X(LANES, "lethe_lanes", GAUGE, "", "Lanes of this process.") \
	X(EPOCH, "lethe_epoch", GAUGE, "purpose", \
		"Epoch of the keys under which a purpose last sent a record.") \
	X(LEDGER_ROWS, "lethe_ledger_rows", GAUGE, "", \
		"Subjects of whom the consent ledger's file knows something; " \
		"this and the others of the ledger are absent without one.") \
	X(LEDGER_AGE, "lethe_ledger_age_seconds", GAUGE, "", \
		"How old the knowledge of consent is: since the instant up " \
		"to which the consent topic was read; absent before it was.") \
	X(LEDGER_BEHIND, "lethe_ledger_behind", GAUGE, "", \
		"1 while that is longer than `max_lag`, or the origin's " \
		"heartbeats stay away; events wait; else 0.") \
	X(LEDGER_HIDDEN, "lethe_ledger_hidden_seconds", GAUGE, "", \
		"How long a transaction that another program keeps open has " \
		"hidden records of the consent topic; 0: none does.") \
	X(LEDGER_LAG, "lethe_ledger_lag_offsets", GAUGE, "", \
		"Offsets of the consent topic that wait, as last asked.") \
	X(LEDGER_HEARTBEAT, "lethe_ledger_heartbeat_age_seconds", GAUGE, "", \
		"Since the origin's last heartbeat, by the partition where " \
		"it is oldest; absent where none is expected or none came.") \
	X(LEDGER_RECORDS, "lethe_ledger_records_total", COUNTER, "", \
		"Records of the consent topic that were read.") \
	X(LEDGER_MALFORMED, "lethe_ledger_malformed_total", COUNTER, "", \
		"Of those, what could not be understood: nothing is sent of " \
		"their subjects.") \
	X(LEDGER_FOREIGN, "lethe_ledger_foreign_keys_total", COUNTER, "", \
		"Of those, what no event can ask for: keys of no class that " \
		"is looked up, or not in its normal form.") \
	X(LEDGER_MISPLACED, "lethe_ledger_misplaced_total", COUNTER, "", \
		"Of those, what lies in another partition than murmur2 " \
		"chooses for its key: it counts, and `lethe consent` does " \
		"not see it.") \
	X(LEDGER_CHANGES, "lethe_ledger_changes_total", COUNTER, \
		"purpose,state", \
		"Changes that records of the consent topic brought after the " \
		"load, by the state they led to; a renewal is none.") \
	X(LEDGER_LOAD, "lethe_ledger_load_ratio", GAUGE, "", \
		"Share of the consent topic that is read, at the start; 1: " \
		"all.") \
	X(LEDGER_LOAD_LEFT, "lethe_ledger_load_left_seconds", GAUGE, "", \
		"What is left of it, an estimate; absent before there is " \
		"one, " \
		"and behind it.") \
	X(EXPIRES, "lethe_purpose_expires_timestamp_seconds", GAUGE, \
		"purpose", "When a purpose expires; absent: never.") \
	X(CPU, "process_cpu_seconds_total", COUNTER, "", \
		"User and system CPU time of the process.") \
	X(RESIDENT, "process_resident_memory_bytes", GAUGE, "", \
		"Resident memory of the process.") \
	X(DESCRIPTORS, "process_open_fds", GAUGE, "", \
		"Open file descriptors of the process.") \
	X(STARTED, "process_start_time_seconds", GAUGE, "", \
		"When the process started, since the Unix epoch.")

enum metric {
#define X(code, name, type, labels, help) METRIC_##code,
	METRIC_MAP(X)
#undef X
		METRIC_COUNT
};

const char *metric_name(enum metric m);

/* One line a metric, by tabs: name, type, labels, help. */
void metric_list(struct buf *out);

/* What is observed in seconds: bounds of the buckets, the last without end. */
#define HISTOGRAM_BOUNDS \
	{ \
		0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, \
			60, 300 \
	}
#define HISTOGRAM_BUCKETS 15

struct histogram {
	uint64_t buckets[HISTOGRAM_BUCKETS]; /* not cumulative */
	uint64_t sum_ms;
};

/* The bucket of a duration. */
size_t histogram_bucket(int64_t ms);

struct metric_page {
	struct buf *out;
	bool begun[METRIC_COUNT];
};

/*   out   appended to; `full` tells of no memory */
void metric_page_init(struct metric_page *p, struct buf *out);

/*
 * One sample.  All samples of a metric follow one another.
 *
 *   labels   a value for each label of the table; NULL where it has none
 */
void metric_put(struct metric_page *p, enum metric m, const char *const *labels,
	double value);

/* The samples of a histogram without labels. */
void metric_put_histogram(
	struct metric_page *p, enum metric m, const struct histogram *h);

#define METRIC_LABELS(...) ((const char *const[]){__VA_ARGS__})

#endif
