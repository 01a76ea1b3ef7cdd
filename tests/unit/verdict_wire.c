#include "suite.h"

#include "base/log.h"
#include "kafka/wire/client.h"
#include "kafka/wire/mock.h"
#include "unit/verdicts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/*
 * Whether the library that is there tells of a broker's errors as the table
 * says: every error in every request, on a mock cluster each.
 */

#define WORKERS 40
#define CALL_MS 10000
#define FLUSH_MS 5000

static const enum mock_request requests[VERDICT_INS] = {
	[IN_FIND] = MOCK_FIND_COORDINATOR,
	[IN_INIT] = MOCK_INIT_PRODUCER_ID,
	[IN_ADD] = MOCK_ADD_PARTITIONS,
	[IN_PRODUCE] = MOCK_PRODUCE,
	[IN_ADD_OFFSETS] = MOCK_ADD_OFFSETS,
	[IN_OFFSETS] = MOCK_TXN_OFFSET_COMMIT,
	[IN_COMMIT] = MOCK_END_TXN,
	[IN_ABORT] = MOCK_END_TXN,
};

/* What the library told of one error in one request. */
struct cell {
	const struct verdict_row *row;
	enum verdict_in in;
	char told;
	rd_kafka_resp_err_t report;	    /* of the first record */
	rd_kafka_resp_err_t refused, fatal; /* the record after: why not */
	char why; /* asked of the library after _STATE */
};

static struct cell cells[VERDICT_ROWS * VERDICT_INS];
static atomic_size_t next;

static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct cell *c = rd_kafka_opaque(rk);

	(void)opaque;
	if (m->err && !c->report)
		c->report = m->err;
}

/* The letter of a failure; '?' for one that has none. */
static char
letter(const struct cell *c, rd_kafka_error_t *error)
{
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);
	bool fenced = code == RD_KAFKA_RESP_ERR__FENCED;
	char told = rd_kafka_error_is_fatal(error)	       ? 'F'
		    : rd_kafka_error_txn_requires_abort(error) ? 'A'
		    : rd_kafka_error_is_retriable(error)       ? 'R'
							       : '?';

	if (!error)
		return '.';
	rd_kafka_error_destroy(error);
	if (fenced)
		return told == 'F' ? 'f' : told == 'A' ? 'a' : '?';
	return code == c->row->error ? told : '?';
}

/* Check is asked in its own thread alone. */
static void
need(enum lethe_status status, const struct lethe_error *err)
{
	if (!status)
		return;
	fprintf(stderr, "%s: %s\n", lethe_status_name(status), err->what);
	abort();
}

static rd_kafka_t *
open_producer(struct cell *c, struct mock *m)
{
	const struct client_property props[] = {
		{.name = "bootstrap.servers", .value = mock_brokers(m)},
	};
	const struct client_set own[] = {
		{"transactional.id", "t"},
		{"linger.ms", "0"},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;
	struct lethe_error err;

	need(client_conf(CLIENT_PRODUCER, props, 1, own, &conf, &err), &err);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_opaque(conf, c);
	need(client_new(CLIENT_PRODUCER, conf, &rk, &err), &err);
	return rk;
}

static rd_kafka_resp_err_t
produce(rd_kafka_t *rk)
{
	char value = 'x';

	return rd_kafka_producev(rk, RD_KAFKA_V_TOPIC("out"),
		RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(&value, 1),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

static rd_kafka_error_t *
send_offsets(rd_kafka_t *rk)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(1);
	rd_kafka_consumer_group_metadata_t *md =
		rd_kafka_consumer_group_metadata_new("g");
	rd_kafka_error_t *error;

	rd_kafka_topic_partition_list_add(list, "raw", 0)->offset = 1;
	error = rd_kafka_send_offsets_to_transaction(rk, list, md, CALL_MS);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(md);
	return error;
}

/* Two records, offsets, an end; the error comes where the cell says. */
static void
transact(struct cell *c, struct mock *m, rd_kafka_t *rk)
{
	struct lethe_error err;
	char text[64];
	int32_t partitions;

	need(client_partitions(rk, "out", CALL_MS, NULL, &partitions, &err),
		&err);
	need(client_status("begin", rd_kafka_begin_transaction(rk), &err),
		&err);
	mock_refuse(m, requests[c->in], c->row->error, 1);
	need(client_code("produce", produce(rk), &err), &err);
	rd_kafka_flush(rk, FLUSH_MS);
	c->refused = produce(rk);
	c->fatal = rd_kafka_fatal_error(rk, text, sizeof(text));
	if (c->refused == RD_KAFKA_RESP_ERR__STATE)
		c->why = letter(c, rd_kafka_begin_transaction(rk));
	rd_kafka_flush(rk, FLUSH_MS);
	if (c->in == IN_ABORT) {
		c->told = letter(c, rd_kafka_abort_transaction(rk, CALL_MS));
		return;
	}
	c->told = letter(c, send_offsets(rk));
	if (c->told == '.')
		c->told = letter(c, rd_kafka_commit_transaction(rk, CALL_MS));
}

static void
measure(struct cell *c)
{
	struct mock *m;
	struct lethe_error err;
	rd_kafka_t *rk;

	need(mock_open(1, &m, &err), &err);
	need(mock_topic(m, "out", 1, &err), &err);
	need(mock_topic(m, "raw", 1, &err), &err);
	rk = open_producer(c, m);
	if (c->in <= IN_INIT)
		mock_refuse(m, requests[c->in], c->row->error, 1);
	c->told = letter(c, rd_kafka_init_transactions(rk, CALL_MS));
	if (c->in > IN_INIT)
		transact(c, m, rk);
	rd_kafka_destroy(rk);
	mock_close(m);
}

static void *
work(void *arg)
{
	size_t i;

	(void)arg;
	while ((i = atomic_fetch_add(&next, 1)) < VERDICT_ROWS * VERDICT_INS)
		if (!cells[i].row->own)
			measure(&cells[i]);
	return NULL;
}

/* The record after a failure: an abort is waited for, or all is over. */
static void
check_refused(const struct cell *c, const char *name)
{
	enum lethe_status status =
		c->refused == RD_KAFKA_RESP_ERR__STATE
			? verdict_status(c->why == c->told
						 ? c->row->status[c->in]
						 : '?')
			: client_verdict_produce(c->refused, c->fatal);

	ck_assert_msg(
		status == (c->told == '.' ? LETHE_OK
					  : verdict_status(
						    c->row->status[c->in])),
		"%s in request %d: the record after: %s, %c: %s", name, c->in,
		rd_kafka_err2name(c->refused), c->why,
		lethe_status_name(status));
}

static void
check(const struct cell *c)
{
	const char *name = rd_kafka_err2name(c->row->error);
	char told = verdict_told(c->row, c->in, rd_kafka_version());

	ck_assert_msg(c->told == told, "%s in request %d: %c, the table has %c",
		name, c->in, c->told, told);
	if (c->in == IN_ADD || c->in == IN_PRODUCE)
		check_refused(c, name);
	if (c->in == IN_ADD && told != '.')
		ck_assert_str_eq(rd_kafka_err2name(c->report), "_PURGE_QUEUE");
	if (c->in == IN_PRODUCE && told != '.')
		ck_assert_str_eq(rd_kafka_err2name(c->report), name);
}

START_TEST(the_library_tells_what_the_table_says)
{
	pthread_t threads[WORKERS];
	size_t count = 0;

	log_off();
	for (size_t i = 0; i < VERDICT_ROWS * VERDICT_INS; i++)
		cells[i] = (struct cell){.row = &verdict_rows[i / VERDICT_INS],
			.in = (enum verdict_in)(i % VERDICT_INS)};
	for (size_t i = 0; i < WORKERS; i++)
		ck_assert(!pthread_create(&threads[i], NULL, work, NULL));
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < VERDICT_ROWS * VERDICT_INS; i++) {
		if (cells[i].row->own)
			continue;
		check(&cells[i]);
		count++;
	}
	printf("%zu errors in requests, told by %s\n", count, client_library());
}
END_TEST

SUITE("verdict_wire", TEST(the_library_tells_what_the_table_says))
