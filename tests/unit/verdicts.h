#ifndef UNIT_VERDICTS_H
#define UNIT_VERDICTS_H

/*
 * What a broker's error in a request of a transaction becomes: how the library
 * tells of it, and the status that must follow.  Measured on the mock cluster
 * of 2.0.2 and 2.8.0, which agree but for one cell; verdict_wire.c measures
 * again with the library that is there, verdict.c holds the statuses against
 * the rules, and the model of a cluster (model/) answers by it.
 */

#include "kafka/wire/verdict.h"

#include <string.h>

/* Where an error comes in; a letter of `told` and `status` each. */
enum verdict_in {
	IN_FIND, /* FindCoordinator, of init_transactions */
	IN_INIT, /* InitProducerId */
	IN_ADD,	 /* AddPartitionsToTxn, after the first record of each */
	IN_PRODUCE,
	IN_ADD_OFFSETS, /* AddOffsetsToTxn and TxnOffsetCommit: both of */
	IN_OFFSETS,	/* send_offsets_to_transaction */
	IN_COMMIT,	/* EndTxn */
	IN_ABORT,	/* EndTxn */
	VERDICT_INS
};

/* What is true of a transaction whose commit was answered so. */
enum verdict_end {
	END_OPEN,   /* not ended: goes on until it is */
	END_GONE,   /* aborted by the coordinator */
	END_EITHER, /* open, or committed and the answer lost */
	END_FENCED, /* gone; or committed before, and the answer lost */
};

struct verdict_row {
	rd_kafka_resp_err_t error;
	/*
	 * .  tried again inside, nothing is told
	 * A  the error itself; the transaction must be aborted
	 * a  _FENCED; the same
	 * F  the error itself, fatal     f  _FENCED, fatal
	 * R  the error itself; the same call again
	 */
	char told[VERDICT_INS + 1];
	/* .  OK   B  EABORT   X  EFENCED   K  EKAFKA   D  EDENIED   T  EAGAIN
	 */
	char status[VERDICT_INS + 1];
	/* Of a record's report: P  too big   Q  refused   D  EDENIED */
	char report;
	enum verdict_end end;
	bool own; /* the library's own: no broker sends it */
};

static const struct verdict_row verdict_rows[] = {
#define E(name) RD_KAFKA_RESP_ERR_##name
	{E(INVALID_PRODUCER_EPOCH), ".fffffff", ".XXXXXXX", '.', END_FENCED, 0},
	{E(PRODUCER_FENCED), ".ffAaaff", ".XXBBBXX", '.', END_FENCED, 0},
	{E(INVALID_TXN_STATE), "..FAFFFF", "..KBKKKK", '.', END_GONE, 0},
	{E(OUT_OF_ORDER_SEQUENCE_NUMBER), "..AFAAAA", "..BKBBBB", '.', END_OPEN,
		0},
	{E(UNKNOWN_PRODUCER_ID), "..AAAAA.", "..BBBBB.", '.', END_GONE, 0},
	{E(INVALID_PRODUCER_ID_MAPPING), "..AAAFA.", "..BBBKB.", '.', END_GONE,
		0},
	{E(TOPIC_AUTHORIZATION_FAILED), "..AAAAAA", "..DDDDDD", 'D', END_OPEN,
		0},
	{E(MSG_SIZE_TOO_LARGE), "..AAAAAA", "..BBBBBB", 'P', END_OPEN, 0},
	{E(INVALID_RECORD), "..AAAAAA", "..BBBBBB", 'Q', END_OPEN, 0},
	/* In Produce tried again inside from 2.4.0 on. */
	{E(INVALID_MSG), "..AAAAAA", "..BBBBBB", '.', END_OPEN, 0},
	{E(NOT_ENOUGH_REPLICAS), "..A.AAAA", "..B.BBBB", '.', END_EITHER, 0},
	{E(REQUEST_TIMED_OUT), "..A...AA", "..B...BB", '.', END_EITHER, 0},
	{E(ILLEGAL_GENERATION), "..AAAAAA", "..BBBBBB", '.', END_OPEN, 0},
	{E(UNKNOWN_MEMBER_ID), "..AAAAAA", "..BBBBBB", '.', END_OPEN, 0},
	{E(FENCED_INSTANCE_ID), "..AAAAAA", "..BBBBBB", '.', END_OPEN, 0},
	{E(REBALANCE_IN_PROGRESS), "..AAAAAA", "..BBBBBB", '.', END_OPEN, 0},
	{E(CONCURRENT_TRANSACTIONS), "...A....", "...B....", '.', END_OPEN, 0},
	{E(COORDINATOR_LOAD_IN_PROGRESS), "........", "........", '.', END_OPEN,
		0},
	{E(NOT_COORDINATOR), "........", "........", '.', END_OPEN, 0},
	{E(COORDINATOR_NOT_AVAILABLE), "........", "........", '.', END_OPEN,
		0},
	{E(GROUP_AUTHORIZATION_FAILED), "..AAAAAA", "..DDDDDD", 'D', END_OPEN,
		0},
	{E(TRANSACTIONAL_ID_AUTHORIZATION_FAILED), "FFFAFFFF", "DDDDDDDD", 'D',
		END_OPEN, 0},
	{E(CLUSTER_AUTHORIZATION_FAILED), "FFFAFFFF", "DDDDDDDD", 'D', END_OPEN,
		0},
	{E(UNKNOWN_TOPIC_OR_PART), "......AA", "......DD", 'D', END_OPEN, 0},
	{E(NOT_LEADER_FOR_PARTITION), "..A.AAAA", "..B.BBBB", '.', END_OPEN, 0},
	{E(KAFKA_STORAGE_ERROR), "..A.AAAA", "..B.BBBB", '.', END_EITHER, 0},
	{E(_TRANSPORT), "........", "........", '.', END_OPEN, 0},
	{E(_TIMED_OUT), ".R..RRRR", ".T..TTTT", '.', END_EITHER, 1},
#undef E
};

#define VERDICT_ROWS (sizeof(verdict_rows) / sizeof(*verdict_rows))

/* How this version of the library tells of a row's error. */
static inline char
verdict_told(const struct verdict_row *row, enum verdict_in in, int version)
{
	if (row->error == RD_KAFKA_RESP_ERR_INVALID_MSG && in == IN_PRODUCE &&
		version >= 0x020400ff)
		return '.';
	return row->told[in];
}

/* The failure that a letter of `told` stands for; not of '.'. */
static inline struct client_failure
verdict_failure(const struct verdict_row *row, char told)
{
	return (struct client_failure){
		.code = told == 'a' || told == 'f' ? RD_KAFKA_RESP_ERR__FENCED
						   : row->error,
		.fatal = told == 'f' || told == 'F',
		.aborts = told == 'a' || told == 'A',
		.retriable = told == 'R',
	};
}

/* The status that a letter of `status` or `report` stands for. */
static inline enum lethe_status
verdict_status(char letter)
{
	static const struct {
		char letter;
		enum lethe_status status;
	} rows[] = {
		{'.', LETHE_OK},
		{'B', LETHE_EABORT},
		{'X', LETHE_EFENCED},
		{'K', LETHE_EKAFKA},
		{'D', LETHE_EDENIED},
		{'T', LETHE_EAGAIN},
		{'P', LETHE_POISON_TOO_BIG_OUT},
		{'Q', LETHE_POISON_REFUSED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].letter == letter)
			return rows[i].status;
	return LETHE_EBUG;
}

#endif
