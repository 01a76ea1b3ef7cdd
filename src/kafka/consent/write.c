#include "kafka/consent/self.h"

#include "base/clock.h"

#define SERVE_MS 10
#define OPEN_TRIES 4

enum lethe_status
desk_write(struct desk *d, const char *id, struct lethe_error *err)
{
	enum lethe_status status;

	d->broker = (struct broker_options){.props = d->o->props,
		.prop_count = d->o->prop_count,
		.group = d->o->reader,
		.id = id,
		.outputs = d->topics,
		.output_count = DESK_TOPICS};
	broker_free(d->writer); /* one that was there before */
	status = broker_new(&d->broker, &d->writer, err);
	if (status)
		return status;
	for (int i = 0; i < OPEN_TRIES; i++) {
		status = broker_open(d->writer, err);
		if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT)
			break;
	}
	return status;
}

enum lethe_status
desk_recount(struct desk *d, enum desk_topic topic, struct lethe_error *err)
{
	int32_t count;
	enum lethe_status status = client_partitions(d->writer->producer,
		d->topics[topic], ASK_MS, &d->writer->login, &count, err);

	if (!status)
		d->partitions[topic] = count;
	return status;
}

/* A record that is too large is no poison here: nothing goes on without it. */
static enum lethe_status
told(const struct lethe_error *why, struct lethe_error *err)
{
	if (lethe_status_class(why->status) != LETHE_CLASS_POISON)
		return fail_with(err, why);
	return fail(err, LETHE_EKAFKA, 0,
		"%.90s: of this transaction nothing is written", why->what);
}

/* Whether another has taken the id over: the call that fails by it does not
 * always say so, and the next one does. */
static bool
is_fenced(const struct desk *d)
{
	char text[128];

	return d->writer->producer &&
	       rd_kafka_fatal_error(d->writer->producer, text, sizeof(text)) ==
		       RD_KAFKA_RESP_ERR__FENCED;
}

/* A record that was refused says why; the call that failed by it does not. */
static enum lethe_status
settle(struct desk *d, enum lethe_status status, struct lethe_error *err)
{
	struct lethe_error why = {0};
	bool refused;

	if (!status)
		return status;
	refused = broker_cause(d->writer, &why) != LETHE_OK;
	desk_abort(d);
	if (status == LETHE_EFENCED || is_fenced(d))
		return fail(err, LETHE_EFENCED, 0,
			"another `lethe consent` has begun to write: of this "
			"transaction nothing is written");
	return refused ? told(&why, err) : status;
}

enum lethe_status
desk_begin(struct desk *d, struct lethe_error *err)
{
	enum lethe_status status = broker_begin(d->writer, err);

	d->open = !status;
	d->began_ns = clock_monotonic_ns();
	return settle(d, status, err);
}

enum lethe_status
desk_put(struct desk *d, enum desk_topic topic, int32_t partition,
	struct slice key, struct slice value, int64_t time_ms,
	struct lethe_error *err)
{
	const struct kafka_record record = {.output = topic,
		.partition = partition < 0 ? desk_partition(d, topic, key)
					   : partition,
		.key = key.ptr,
		.key_len = key.len,
		.value = value.ptr,
		.len = value.len,
		.time_ms = time_ms};
	enum lethe_status status;

	for (;;) {
		status = broker_produce(d->writer, &record, err);
		if (status != LETHE_EAGAIN)
			break;
		broker_serve(d->writer, SERVE_MS);
	}
	return settle(d, status, err);
}

/* From then on the brokers have ended it, one way or the other. */
static bool
is_over(const struct desk *d)
{
	int64_t ms =
		client_number(d->writer->producer, "transaction.timeout.ms");

	return clock_monotonic_ns() - d->began_ns > ms * INT64_C(1000000);
}

enum lethe_status
desk_commit(struct desk *d, struct lethe_error *err)
{
	enum lethe_status status;
	bool tries;

	do {
		status = broker_commit(d->writer, err);
		tries = lethe_status_class(status) == LETHE_CLASS_TRANSIENT;
	} while (tries && !is_over(d));
	if (tries)
		status = fail(err, status, 0,
			"no broker has said whether the transaction is "
			"committed: run it again, which writes nothing twice");
	if (!status)
		d->open = false;
	return settle(d, status, err);
}

/* What cannot be aborted here is aborted when the id is used again, or by its
 * timeout. */
void
desk_abort(struct desk *d)
{
	if (!d->open)
		return;
	d->open = false;
	if (broker_abort(d->writer, NULL))
		return;
}
