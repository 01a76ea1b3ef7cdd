#include "kafka/wire/clients.h"
#include "kafka/wire/member.h"
#include "kafka/wire/places.h"

#include "base/clock.h"

#include <stdio.h>

#define FIRST_REPORT_MS 1000
#define FLUSH_MS 50
#define ABORT_MS 5000
#define HEADERS_MAX 16

/* Whichever of them it was. */
static void
blame(struct kafka *k, size_t input)
{
	struct kafka_span *s = &k->blamed;

	if (input < s->first)
		s->first = input;
	if (input > s->last)
		s->last = input;
}

/* Only what doing it again cannot mend is a cause. */
static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct kafka *k = opaque;
	enum lethe_status cause;

	k->reported++;
	if (!m->err)
		return;
	k->failed = true;
	k->doubt |=
		rd_kafka_message_status(m) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
	cause = client_verdict_report(m->err);
	if (lethe_status_class(cause) == LETHE_CLASS_POISON)
		blame(k, (size_t)(uintptr_t)m->_private);
	if (k->cause)
		return;
	k->cause = cause;
	if (login_is_right(m->err))
		login_lacks(rk, m->err, "Write to the topic",
			rd_kafka_topic_name(m->rkt), &k->why);
	else if (k->cause)
		client_code("a record was refused", m->err, &k->why);
}

static enum lethe_status
lacks_topic(struct kafka *k, rd_kafka_resp_err_t code, struct lethe_error *err)
{
	const char *topic = login_unwritable(&k->login);

	return login_lacks(k->producer, code,
		topic ? "Write to the topic" : "Write to a topic of",
		topic ? topic : k->o->id, err);
}

/* Of a failed call on a transaction: a right that is missing has its name. */
static enum lethe_status
txn_status(struct kafka *k, const char *what, rd_kafka_error_t *error,
	struct lethe_error *err)
{
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);
	enum lethe_status status = client_status(what, error, err);

	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
		return login_lacks(k->producer, code,
			"Write the transactional id", k->o->id, err);
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
		return login_lacks(k->producer, code,
			"IdempotentWrite the cluster for", k->o->id, err);
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
		return login_lacks(
			k->producer, code, "Read the group", k->o->group, err);
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return lacks_topic(k, code, err);
	default: return status;
	}
}

void
broker_close_producer(struct kafka *k)
{
	for (size_t i = 0; i < k->o->output_count; i++) {
		if (k->outputs[i])
			rd_kafka_topic_destroy(k->outputs[i]);
		k->outputs[i] = NULL;
	}
	if (k->producer)
		rd_kafka_destroy(k->producer);
	k->producer = NULL;
}

static enum lethe_status
warm_up(struct kafka *k, struct lethe_error *err)
{
	enum lethe_status status;
	int32_t partitions;

	for (size_t i = 0; i < k->o->output_count; i++) {
		if (!k->o->outputs[i])
			continue;
		k->outputs[i] =
			rd_kafka_topic_new(k->producer, k->o->outputs[i], NULL);
		status = client_partitions(k->producer, k->o->outputs[i],
			CALL_MS, &k->login, &partitions, err);
		if (status)
			return status;
	}
	return LETHE_OK;
}

/* Whoever had the id before is ended by this. */
static enum lethe_status
begin_session(struct kafka *k, struct lethe_error *err)
{
	enum lethe_status status = txn_status(k, "init_transactions",
		rd_kafka_init_transactions(k->producer, CALL_MS), err);

	if (status && login_poll(&k->login, k->producer, err))
		return LETHE_EDENIED;
	return status;
}

enum lethe_status
broker_open(struct kafka *k, struct lethe_error *err)
{
	char kbytes[24];
	const struct client_set own[] = {
		{"transactional.id", k->o->id},
		{"enable.idempotence", "true"},
		{"acks", "all"},
		{"delivery.report.only.error", "false"},
		{"statistics.interval.ms", STATISTICS_MS},
		{"queue.buffering.max.kbytes",
			k->o->budget.records ? kbytes : NULL},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status;

	(void)snprintf(
		kbytes, sizeof(kbytes), "%zu", k->o->budget.records / 1024);
	broker_close_producer(k);
	k->doubt = false;
	status = client_conf(CLIENT_PRODUCER, k->o->props, k->o->prop_count,
		own, &conf, err);
	if (status)
		return status;
	login_listen(&k->login, conf);
	/* Without one, every commit sleeps in steps of 10 ms. */
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_stats_cb(conf, broker_on_unsent);
	status = client_new(CLIENT_PRODUCER, conf, &k->producer, err);
	if (!status)
		status = begin_session(k, err);
	/* The first record to an unknown topic waits for up to a second. */
	return status ? status : warm_up(k, err);
}

enum lethe_status
broker_begin(struct kafka *k, struct lethe_error *err)
{
	k->sent = k->reported = 0;
	k->cause = LETHE_OK;
	k->failed = false;
	k->blamed = (struct kafka_span){.first = SIZE_MAX};
	return txn_status(k, "begin_transaction",
		rd_kafka_begin_transaction(k->producer), err);
}

/*
 * A producer that waits for an abort does not say why; asked to begin, it
 * does, and begins nothing.
 */
static enum lethe_status
ask_why(struct kafka *k, struct lethe_error *err)
{
	enum lethe_status status = txn_status(
		k, "produce", rd_kafka_begin_transaction(k->producer), err);

	return status ? status : fail(err, LETHE_EABORT, 0, "produce: _STATE");
}

static enum lethe_status
produce_failed(
	struct kafka *k, rd_kafka_error_t *error, struct lethe_error *err)
{
	char text[64];
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);
	rd_kafka_resp_err_t fatal =
		rd_kafka_fatal_error(k->producer, text, sizeof(text));

	rd_kafka_error_destroy(error);
	if (code == RD_KAFKA_RESP_ERR__STATE && !fatal)
		return ask_why(k, err);
	/* An empty queue without room for it will never have any. */
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && !fatal &&
		!rd_kafka_outq_len(k->producer))
		return fail(err, LETHE_POISON_TOO_BIG_OUT, 0,
			"produce: larger than queue.buffering.max.kbytes");
	return fail(err, client_verdict_produce(code, fatal), 0, "produce: %s",
		rd_kafka_err2name(fatal ? fatal : code));
}

enum lethe_status
broker_produce(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	rd_kafka_vu_t vus[7 + HEADERS_MAX];
	size_t n = 0;
	rd_kafka_error_t *error;

	bug_if(r->header_count > HEADERS_MAX || !k->outputs[r->output]);
	vus[n].vtype = RD_KAFKA_VTYPE_RKT;
	vus[n++].u.rkt = k->outputs[r->output];
	vus[n].vtype = RD_KAFKA_VTYPE_PARTITION;
	vus[n++].u.i32 = r->partition;
	vus[n].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
	vus[n++].u.i = RD_KAFKA_MSG_F_COPY;
	vus[n].vtype = RD_KAFKA_VTYPE_OPAQUE;
	vus[n++].u.ptr = (void *)(uintptr_t)k->input;
	vus[n].vtype = RD_KAFKA_VTYPE_KEY;
	vus[n].u.mem.ptr = (void *)(uintptr_t)r->key;
	vus[n++].u.mem.size = r->key_len;
	vus[n].vtype = RD_KAFKA_VTYPE_VALUE;
	vus[n].u.mem.ptr = (void *)(uintptr_t)r->value;
	vus[n++].u.mem.size = r->len;
	vus[n].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
	vus[n++].u.i64 = r->time_ms;
	for (size_t i = 0; i < r->header_count; i++) {
		vus[n].vtype = RD_KAFKA_VTYPE_HEADER;
		vus[n].u.header.name = r->headers[i].name;
		vus[n].u.header.val = r->headers[i].value;
		vus[n++].u.header.size = (ssize_t)r->headers[i].len;
	}
	error = rd_kafka_produceva(k->producer, vus, n);
	if (error)
		return produce_failed(k, error, err);
	k->sent++;
	return LETHE_OK;
}

void
broker_work_on(struct kafka *k, size_t input)
{
	k->input = input;
}

struct kafka_span
broker_blamed(struct kafka *k)
{
	return k->blamed;
}

void
broker_serve(struct kafka *k, int wait_ms)
{
	rd_kafka_poll(k->producer, wait_ms);
}

enum lethe_status
broker_cause(struct kafka *k, struct lethe_error *err)
{
	return k->cause ? fail_with(err, &k->why) : LETHE_OK;
}

/*
 * Under the eager protocol every partition is given anew in every generation,
 * and the library may have joined one without having told of it (member.c):
 * offsets go with the generation that was told, which the broker then refuses.
 * Under the cooperative one what was not revoked is still this member's.
 *
 *   *mine   what the caller destroys, or NULL
 */
static const rd_kafka_consumer_group_metadata_t *
member_of(struct kafka *k, rd_kafka_consumer_group_metadata_t **mine)
{
	*mine = NULL;
	if (rd_kafka_assignment_lost(k->consumer))
		return NULL;
	if (!broker_is_cooperative(k))
		return k->member;
	*mine = broker_member_now(k);
	return *mine;
}

enum lethe_status
broker_send_offsets(struct kafka *k, const struct kafka_place *places,
	size_t count, struct lethe_error *err)
{
	rd_kafka_consumer_group_metadata_t *mine;
	const rd_kafka_consumer_group_metadata_t *member = member_of(k, &mine);
	rd_kafka_topic_partition_list_t *list;
	enum lethe_status status;

	if (!member)
		return fail(err, LETHE_EABORT, 0,
			"this lane is no member of the group at the moment");
	list = broker_list_held(k, places, count);
	status = txn_status(k, "send_offsets_to_transaction",
		rd_kafka_send_offsets_to_transaction(
			k->producer, list, member, CALL_MS),
		err);
	rd_kafka_topic_partition_list_destroy(list);
	if (mine)
		rd_kafka_consumer_group_metadata_destroy(mine);
	return status;
}

enum lethe_status
broker_flush(struct kafka *k, struct lethe_error *err)
{
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

	while (!k->failed && code == RD_KAFKA_RESP_ERR__TIMED_OUT)
		code = rd_kafka_flush(k->producer, FLUSH_MS);
	return k->failed
		       ? fail(err, LETHE_EABORT, 0, "a record was not written")
		       : LETHE_OK;
}

/*
 * The library's own commit waits for records that will never be sent once one
 * was refused, until they time out; so the reports are waited for here.
 */
enum lethe_status
broker_commit(struct kafka *k, struct lethe_error *err)
{
	enum lethe_status status = broker_flush(k, err);

	if (status)
		return status;
	return txn_status(k, "commit_transaction",
		rd_kafka_commit_transaction(k->producer, -1), err);
}

/*
 * An abort right after the first record can overtake the request that adds its
 * partition, which is fatal: so the first report is waited for.
 * Source: librdkafka issue 4849.
 */
enum lethe_status
broker_abort(struct kafka *k, struct lethe_error *err)
{
	int64_t until =
		clock_monotonic_ns() + FIRST_REPORT_MS * INT64_C(1000000);
	enum lethe_status status;

	while (k->sent && !k->reported && clock_monotonic_ns() < until)
		rd_kafka_poll(k->producer, 20);
	status = client_status("abort_transaction",
		rd_kafka_abort_transaction(k->producer, ABORT_MS), err);
	/* An abort can hang while refused batches drain; another producer of
	   the same id aborts in its stead. */
	return status == LETHE_EAGAIN
		       ? fail(err, LETHE_EKAFKA, 0, "the abort did not end")
		       : status;
}

/*
 * What was under way to a broker that died is queued again, and an abort purges
 * it there; the sequence numbers it had are then given to other records of the
 * same epoch.  Seen with 2.0.2, a producer whose epoch is new is free of it.
 */
bool
broker_in_doubt(struct kafka *k)
{
	return k->doubt;
}
