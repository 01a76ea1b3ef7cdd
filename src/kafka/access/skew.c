#include "kafka/access/skew.h"

#include "kafka/wire/client.h"
#include "kafka/wire/verdict.h"

#include "base/clock.h"

#include <stdlib.h>

#define TRIES 3
#define ANSWER_MS 1000
#define OPEN_MS 30000

struct skew_client {
	struct login login; /* first: the library's pointer is to both */
	rd_kafka_t *rk;
	const char *topic;
	uintptr_t number; /* of the record that is waited for */
	bool reported;
	rd_kafka_resp_err_t code;
	bool stamped; /* by the broker */
	int64_t stamped_ms, after_ms;
};

struct skew
skew_of(int64_t before_ms, int64_t stamped_ms, int64_t after_ms)
{
	/* All three are cut to whole ms. */
	return (struct skew){
		before_ms - stamped_ms - 1, after_ms - stamped_ms + 1};
}

bool
skew_is_beyond(const struct skew *s, int64_t max_ms)
{
	return s->least_ms > max_ms || s->most_ms < -max_ms;
}

enum lethe_status
skew_check(const struct skew *s, int64_t max_ms, struct lethe_error *err)
{
	bool ahead = s->least_ms > 0;

	if (!skew_is_beyond(s, max_ms))
		return LETHE_OK;
	return fail(err, LETHE_ECLOCK, 0,
		"this clock is %lld to %lld ms %s the broker's "
		"(clock.skew.max is %lld ms)",
		(long long)(ahead ? s->least_ms : -s->most_ms),
		(long long)(ahead ? s->most_ms : -s->least_ms),
		ahead ? "ahead of" : "behind", (long long)max_ms);
}

static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct skew_client *c = opaque;
	rd_kafka_timestamp_type_t type;

	(void)rk;
	/* One that was given up may still come. */
	if ((uintptr_t)m->_private != c->number)
		return;
	c->after_ms = clock_now_ms();
	c->reported = true;
	c->code = m->err;
	c->stamped_ms = rd_kafka_message_timestamp(m, &type);
	c->stamped = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
}

enum lethe_status
skew_open(const struct client_property *props, size_t count, const char *topic,
	bool (*given_up)(void), struct skew_client **out,
	struct lethe_error *err)
{
	static const struct client_set own[] = {
		{"enable.idempotence", "false"},
		{"acks", "1"},
		{"linger.ms", "0"},
		{"compression.type", "none"},
		{"message.timeout.ms", "5000"},
		{NULL, NULL},
	};
	struct skew_client *c = calloc(1, sizeof(*c));
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status;
	int32_t partitions;

	*out = NULL;
	if (!c)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a client");
	c->topic = topic;
	c->login.given_up = given_up;
	status = client_conf(CLIENT_PRODUCER, props, count, own, &conf, err);
	if (!status) {
		login_listen(&c->login, conf);
		rd_kafka_conf_set_dr_msg_cb(conf, on_report);
		status = client_new(CLIENT_PRODUCER, conf, &c->rk, err);
	}
	if (!status)
		status = client_partitions(
			c->rk, topic, OPEN_MS, &c->login, &partitions, err);
	if (status == LETHE_EAGAIN)
		status = fail(err, LETHE_ETIMEOUT, 0,
			"no broker answers for the topic %.80s", topic);
	if (status == LETHE_ENOTOPIC)
		status = fail(err, LETHE_ENOTOPIC, 0,
			"clock.topic: the topic %.60s does not exist: "
			"docs/operations.md, The clock, creates it",
			topic);
	if (status)
		skew_close(c);
	else
		*out = c;
	return status;
}

void
skew_close(struct skew_client *c)
{
	if (!c)
		return;
	if (c->rk)
		rd_kafka_destroy(c->rk);
	free(c);
}

static enum lethe_status
wait_report(struct skew_client *c, struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + ANSWER_MS * INT64_C(1000000);
	enum lethe_status status = LETHE_OK;

	while (!status && !c->reported && clock_monotonic_ns() < until) {
		rd_kafka_poll(c->rk, 50);
		status = login_check(&c->login, err);
	}
	if (status || c->reported)
		return status;
	return fail(err, LETHE_EAGAIN, 0,
		"%.80s: no answer within %d ms, so the clock is not measured",
		c->topic, ANSWER_MS);
}

static enum lethe_status
read_report(const struct skew_client *c, struct lethe_error *err)
{
	if (login_is_right(c->code))
		return login_lacks(
			c->rk, c->code, "Write to the topic", c->topic, err);
	if (c->code)
		return fail(err, LETHE_EAGAIN, 0, "%.80s: %s", c->topic,
			rd_kafka_err2name(c->code));
	if (!c->stamped)
		return fail(err, LETHE_ESETTING, 0,
			"clock.topic: %.80s does not have "
			"message.timestamp.type=LogAppendTime",
			c->topic);
	return LETHE_OK;
}

static enum lethe_status
measure_once(struct skew_client *c, struct skew *out, struct lethe_error *err)
{
	int64_t before_ms = clock_now_ms();
	rd_kafka_resp_err_t code;
	enum lethe_status status;

	c->number++;
	c->reported = false;
	code = rd_kafka_producev(c->rk, RD_KAFKA_V_TOPIC(c->topic),
		RD_KAFKA_V_VALUE((void *)(uintptr_t) "lethe", 5),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_OPAQUE((void *)c->number), RD_KAFKA_V_END);
	status = client_code(c->topic, code, err);
	if (!status)
		status = wait_report(c, err);
	if (!status)
		status = read_report(c, err);
	if (!status)
		*out = skew_of(before_ms, c->stamped_ms, c->after_ms);
	return status;
}

enum lethe_status
skew_measure(struct skew_client *c, struct skew *out, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	struct skew s;

	for (int i = 0; !status && i < TRIES; i++) {
		status = measure_once(c, &s, err);
		if (!status && (!i || s.most_ms - s.least_ms <
					       out->most_ms - out->least_ms))
			*out = s;
	}
	return status;
}
