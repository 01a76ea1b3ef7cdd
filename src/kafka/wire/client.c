#include "kafka/wire/client.h"

#include "kafka/wire/verdict.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <unistd.h>

#define TRY_MS_MAX 5000

static const struct client_set defaults_both[] = {
	{"client.id", "lethe"},
	{"socket.nagle.disable", "true"},
	{"enable.metrics.push", "false"},
};

static const struct client_set defaults_consumer[] = {
	{"session.timeout.ms", "45000"},
	{"max.poll.interval.ms", "300000"},
	{"fetch.wait.max.ms", "100"},
	{"fetch.queue.backoff.ms", "5"},
	{"queued.min.messages", "10000000"},
};

static const struct client_set defaults_producer[] = {
	{"transaction.timeout.ms", "60000"},
	{"linger.ms", "10"},
	{"batch.size", "1000000"},
	{"batch.num.messages", "10000"},
	{"compression.type", "lz4"},
	{"queue.buffering.max.messages", "1000000"},
	{"queue.buffering.max.kbytes", "262144"},
};

bool
client_backs_off(void)
{
	return rd_kafka_version() >= 0x020200ff;
}

bool
client_cooperates(void)
{
	return rd_kafka_version() >= 0x020601ff;
}

/* A property that this version of the library lacks is left out. */
static enum lethe_status
set_all(rd_kafka_conf_t *conf, const struct client_set *sets, size_t count,
	struct lethe_error *err)
{
	char text[128];

	for (size_t i = 0; i < count && sets[i].name; i++)
		if (sets[i].value &&
			rd_kafka_conf_set(conf, sets[i].name, sets[i].value,
				text, sizeof(text)) == RD_KAFKA_CONF_INVALID)
			return fail(err, LETHE_ESETTING, 0, "%s", text);
	return LETHE_OK;
}

static enum lethe_status
set_defaults(
	rd_kafka_conf_t *conf, enum client_side side, struct lethe_error *err)
{
	/* A library that sleeps when the fetch queue is full needs a large
	   one, unless it is woken. */
	const struct client_set by_version[] = {
		{"partition.assignment.strategy",
			client_cooperates() ? "cooperative-sticky" : "range"},
		{"queued.max.messages.kbytes",
			client_backs_off() ? "65536" : "262144"},
	};
	enum lethe_status status = set_all(conf, defaults_both,
		sizeof(defaults_both) / sizeof(*defaults_both), err);

	if (status)
		return status;
	if (side == CLIENT_PRODUCER)
		return set_all(conf, defaults_producer,
			sizeof(defaults_producer) / sizeof(*defaults_producer),
			err);
	status = set_all(conf, defaults_consumer,
		sizeof(defaults_consumer) / sizeof(*defaults_consumer), err);
	return status ? status : set_all(conf, by_version, 2, err);
}

static enum lethe_status
set_property(rd_kafka_conf_t *conf, const struct client_property *p,
	struct lethe_error *err)
{
	char text[128];
	rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, p->name,
		p->secret ? p->text : p->value, text, sizeof(text));

	if (res == RD_KAFKA_CONF_OK)
		return LETHE_OK;
	if (p->secret)
		return fail(err, LETHE_ESETTING, 0,
			"kafka.%.60s: the client library refuses it", p->name);
	return fail(err, LETHE_ESETTING, 0, "%s", text);
}

void
client_log(
	const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	/* What ends a lane, lethe tells itself, with its cause. */
	LOG(level <= 4 ? LOG_WARN : LOG_INFO, "client_log",
		LOG_TEXT("client", rd_kafka_name(rk)), LOG_TEXT("at", facility),
		LOG_TEXT("says", text),
		LOG_TEXT(level <= 4 ? "do" : NULL,
			"nothing: the client goes on by itself, or lethe "
			"tells what to do; if it stays, look at the broker "
			"it names"));
}

enum lethe_status
client_conf(enum client_side side, const struct client_property *props,
	size_t count, const struct client_set *own, rd_kafka_conf_t **out,
	struct lethe_error *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	enum lethe_status status = set_defaults(conf, side, err);

	*out = NULL;
	rd_kafka_conf_set_log_cb(conf, client_log);
	/* First what holds for both, then the refinements of one side. */
	for (size_t i = 0; !status && i < count; i++)
		if (props[i].side == CLIENT_BOTH)
			status = set_property(conf, &props[i], err);
	for (size_t i = 0; !status && i < count; i++)
		if (props[i].side == side)
			status = set_property(conf, &props[i], err);
	if (!status && own)
		status = set_all(conf, own, SIZE_MAX, err);
	if (status)
		rd_kafka_conf_destroy(conf);
	else
		*out = conf;
	return status;
}

enum lethe_status
client_new(enum client_side side, rd_kafka_conf_t *conf, rd_kafka_t **out,
	struct lethe_error *err)
{
	char text[LETHE_WHAT_BYTES];

	*out = rd_kafka_new(
		side == CLIENT_PRODUCER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
		conf, text, sizeof(text));
	if (*out)
		return LETHE_OK;
	rd_kafka_conf_destroy(conf);
	return fail(err, LETHE_ESETTING, 0, "%s", text);
}

static int64_t
number_of(const rd_kafka_conf_t *conf, const char *name)
{
	char text[64];
	size_t size = sizeof(text);

	if (rd_kafka_conf_get(conf, name, text, &size) != RD_KAFKA_CONF_OK)
		return -1;
	return strtoll(text, NULL, 10);
}

int64_t
client_number(rd_kafka_t *rk, const char *name)
{
	return number_of(rd_kafka_conf(rk), name);
}

/* Else the brokers put each member out before they have heard of it again. */
enum lethe_status
client_times_check(const struct client_property *props, size_t count,
	struct lethe_error *err)
{
	rd_kafka_conf_t *conf;
	enum lethe_status status =
		client_conf(CLIENT_CONSUMER, props, count, NULL, &conf, err);
	int64_t every, within;

	if (status)
		return status;
	every = number_of(conf, "heartbeat.interval.ms");
	within = number_of(conf, "session.timeout.ms");
	rd_kafka_conf_destroy(conf);
	if (every < within)
		return LETHE_OK;
	return fail(err, LETHE_ESETTING, 0,
		"kafka.heartbeat.interval.ms (%lld) is not below "
		"kafka.session.timeout.ms (%lld): state a third of it, or less",
		(long long)every, (long long)within);
}

static enum lethe_status
ask_partitions(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int timeout_ms,
	int32_t *count, struct lethe_error *err)
{
	const struct rd_kafka_metadata *md = NULL;
	const char *topic = rd_kafka_topic_name(rkt);
	rd_kafka_resp_err_t code =
		rd_kafka_metadata(rk, 0, rkt, &md, timeout_ms);

	if (!code)
		code = md->topics[0].err;
	*count = code ? 0 : md->topics[0].partition_cnt;
	if (md)
		rd_kafka_metadata_destroy(md);
	if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
		code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return fail(err, LETHE_ENOTOPIC, 0,
			"the topic %.80s does not exist: "
			"see lethe topics plan",
			topic);
	if (login_is_right(code))
		return login_lacks(rk, code, "Describe the topic", topic, err);
	if (!code && !*count)
		return fail(err, LETHE_EAGAIN, 0, "%.80s: no partitions yet",
			topic);
	return client_code(topic, code, err);
}

/*
 * While no broker is there, the library says why only to who polls it: so the
 * first tries are short, and later ones leave a slow broker its time.
 */
enum lethe_status
client_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
	struct login *login, int32_t *count, struct lethe_error *err)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	int64_t until = clock_monotonic_ns() + timeout_ms * INT64_C(1000000);
	enum lethe_status status, refused;
	int try_ms = 500;

	for (;;) {
		status = ask_partitions(rk, rkt, try_ms, count, err);
		if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT)
			break;
		refused = login_poll(login, rk, err);
		if (refused) {
			status = refused;
			break;
		}
		if (clock_monotonic_ns() > until ||
			(login && login->given_up && login->given_up()))
			break;
		try_ms = try_ms < TRY_MS_MAX / 2 ? try_ms * 2 : TRY_MS_MAX;
		usleep(100000);
	}
	rd_kafka_topic_destroy(rkt);
	return status;
}

static enum lethe_status
ask_offset(rd_kafka_t *rk, const char *topic, int32_t partition, int timeout_ms,
	int64_t which, int64_t *out, struct lethe_error *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *asked =
		rd_kafka_topic_partition_list_add(list, topic, partition);
	rd_kafka_resp_err_t code;
	enum lethe_status status;

	asked->offset = which;
	code = rd_kafka_offsets_for_times(rk, list, timeout_ms);
	code = code ? code : asked->err;
	status = client_told(topic, code, client_verdict_range(code), err);
	if (!status && asked->offset < 0)
		status = fail(err, LETHE_EAGAIN, 0,
			"%.80s: the broker names no offset", topic);
	*out = status ? 0 : asked->offset;
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

/*
 * The library's own call for this asks both at once, and when one of the two
 * answers is an error it may return the other for both, as if the partition
 * were empty (tried: 2.0.2 and 2.8.0).  The protocol's two special times are
 * asked for one by one instead.
 */
enum lethe_status
client_range(rd_kafka_t *rk, const char *topic, int32_t partition,
	int timeout_ms, int64_t *low, int64_t *high, struct lethe_error *err)
{
	enum lethe_status status = ask_offset(rk, topic, partition, timeout_ms,
		RD_KAFKA_OFFSET_BEGINNING, low, err);

	*high = 0;
	return status ? status
		      : ask_offset(rk, topic, partition, timeout_ms,
				RD_KAFKA_OFFSET_END, high, err);
}

const char *
client_library(void)
{
	static char text[48];

	(void)snprintf(
		text, sizeof(text), "librdkafka %s", rd_kafka_version_str());
	return text;
}
