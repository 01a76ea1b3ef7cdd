#include "kafka/access/trial_client.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 10000
#define STEP_MS 20

/*
 * The library tells in its debug log alone that a partition has become part
 * of the transaction: "TOPIC [0] registered with transaction".
 */
static void
on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	struct trial *t = rd_kafka_opaque(rk);
	const char *topic = atomic_load(&t->wanted);
	char row[TRIAL_TOPIC_BYTES + 40];

	(void)level;
	(void)facility;
	(void)snprintf(row, sizeof(row), "%s [0] registered with transaction",
		topic ? topic : "");
	if (topic && strstr(text, row))
		atomic_store(&t->added, true);
}

/* Reports are asked for, or the abort would sleep in steps. */
static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	(void)rk;
	(void)m;
	(void)opaque;
}

void
trial_close_producer(struct trial *t)
{
	if (t->producer)
		rd_kafka_destroy(t->producer);
	t->producer = NULL;
}

/*
 * As the job's own is; or for trials: a record waits in the library, so that
 * its partition is asked for alone, and who is killed here holds nobody up.
 */
static enum lethe_status
new_producer(struct trial *t, bool trials, struct lethe_error *err)
{
	const struct client_set own[] = {
		{"transactional.id", t->o->id},
		{"enable.idempotence", "true"},
		{"acks", "all"},
		{"linger.ms", trials ? "15000" : NULL},
		{"transaction.timeout.ms", trials ? "20000" : NULL},
		{"delivery.report.only.error", "false"},
		{"debug", "eos"},
		{NULL, NULL},
	};
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status = client_conf(CLIENT_PRODUCER, t->o->props,
		t->o->prop_count, own, &conf, err);

	if (status)
		return status;
	login_listen(&t->login, conf);
	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	return client_new(CLIENT_PRODUCER, conf, &t->producer, err);
}

/* A failed call's status; a right that is missing has its name. */
static enum lethe_status
trial_status(struct trial *t, const char *what, const char *topic,
	const char *topic_right, rd_kafka_error_t *error,
	struct lethe_error *err)
{
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);
	enum lethe_status status = client_status(what, error, err);

	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
		return login_lacks(t->producer, code,
			"Write the transactional id", t->o->id, err);
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
		return login_lacks(t->producer, code,
			"IdempotentWrite the cluster for", t->o->id, err);
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
		return login_lacks(
			t->producer, code, "Read the group", t->o->group, err);
	case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
		return fail(err, LETHE_ESETTING, 0,
			"kafka.transaction.timeout.ms is above the brokers' "
			"transaction.max.timeout.ms");
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return login_lacks(t->producer, code, topic_right, topic, err);
	default: return status;
	}
}

static enum lethe_status
open_producer(struct trial *t, bool trials, struct lethe_error *err)
{
	enum lethe_status status = new_producer(t, trials, err), refused;

	if (status)
		return status;
	status = trial_status(t, "init_transactions", "", "",
		rd_kafka_init_transactions(t->producer, WAIT_MS), err);
	refused = status ? login_poll(&t->login, t->producer, err) : LETHE_OK;
	if (status)
		trial_close_producer(t);
	return refused ? refused : status;
}

enum lethe_status
trial_transactions(struct trial *t, struct lethe_error *err)
{
	enum lethe_status status = open_producer(t, false, err);

	trial_close_producer(t);
	return status ? status : open_producer(t, true, err);
}

static enum lethe_status
begin(struct trial *t, struct lethe_error *err)
{
	if (!t->producer)
		return fail(err, LETHE_EKAFKA, 0, "no transaction is open");
	return client_status("begin_transaction",
		rd_kafka_begin_transaction(t->producer), err);
}

/* What was found goes before what the abort says. */
static enum lethe_status
end(struct trial *t, enum lethe_status found, struct lethe_error *err)
{
	rd_kafka_error_t *error =
		rd_kafka_abort_transaction(t->producer, WAIT_MS);

	if (!found)
		return client_status("abort_transaction", error, err);
	if (error)
		rd_kafka_error_destroy(error);
	return found;
}

/* Until the partition is added or refused. */
static enum lethe_status
wait_added(struct trial *t, const char *topic, struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + WAIT_MS * INT64_C(1000000);
	rd_kafka_error_t *error;

	while (!atomic_load(&t->added)) {
		/* Of a good transaction it says that one is open already; of
		   one that waits for its abort, why. */
		error = rd_kafka_begin_transaction(t->producer);
		if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__STATE)
			return trial_status(t, topic, topic,
				"Write to the topic", error, err);
		rd_kafka_error_destroy(error);
		if (clock_monotonic_ns() > until)
			return fail(err, LETHE_ETIMEOUT, 0,
				"%.80s: the broker does not say", topic);
		rd_kafka_poll(t->producer, STEP_MS);
	}
	return LETHE_OK;
}

enum lethe_status
trial_write(struct trial *t, const char *topic, struct lethe_error *err)
{
	enum lethe_status status = begin(t, err);
	rd_kafka_topic_t *rkt;
	int32_t partitions;

	if (status)
		return status;
	atomic_store(&t->added, false);
	atomic_store(&t->wanted, topic);
	rkt = rd_kafka_topic_new(t->producer, topic, NULL);
	/* Otherwise the first record waits for up to a second. */
	status = client_partitions(
		t->producer, topic, WAIT_MS, &t->login, &partitions, err);
	if (!status)
		status = client_code(topic,
			rd_kafka_producev(t->producer, RD_KAFKA_V_RKT(rkt),
				RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_END),
			err);
	if (!status)
		status = wait_added(t, topic, err);
	status = end(t, status, err);
	rd_kafka_topic_destroy(rkt);
	return status;
}

enum lethe_status
trial_group(struct trial *t, const char *topic, struct lethe_error *err)
{
	rd_kafka_consumer_group_metadata_t *md;
	rd_kafka_topic_partition_list_t *list;
	enum lethe_status status = begin(t, err);

	if (status)
		return status;
	md = rd_kafka_consumer_group_metadata_new(t->o->group);
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, topic, 0)->offset = 0;
	status =
		trial_status(t, "offsets of the group", topic, "Read the topic",
			rd_kafka_send_offsets_to_transaction(
				t->producer, list, md, WAIT_MS),
			err);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(md);
	return end(t, status, err);
}
