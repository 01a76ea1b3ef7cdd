#include "kafka/wire/mock.h"

#include "kafka/wire/client.h"

#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct mock {
	rd_kafka_t *rk;
	rd_kafka_mock_cluster_t *cluster;
};

/*
 * The mock accepts sockets without TCP_NODELAY, so that each of its pipelined
 * answers waits 40 ms.  The program's own accept() stands before the C
 * library's for the whole process; it differs in that option alone.
 */
__attribute__((visibility("default"))) int
accept(int fd, struct sockaddr *restrict address, socklen_t *restrict len)
{
	int one = 1;
	int taken = (int)syscall(SYS_accept4, fd, address, len, 0);

	if (taken >= 0)
		setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return taken;
}

enum lethe_status
mock_open(int brokers, struct mock **out, struct lethe_error *err)
{
	struct mock *m = calloc(1, sizeof(*m));
	rd_kafka_conf_t *conf = NULL;
	enum lethe_status status;

	*out = NULL;
	if (!m)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a mock");
	status = client_conf(CLIENT_PRODUCER, NULL, 0, NULL, &conf, err);
	if (!status)
		status = client_new(CLIENT_PRODUCER, conf, &m->rk, err);
	if (status)
		goto out;
	m->cluster = rd_kafka_mock_cluster_new(m->rk, brokers);
	if (!m->cluster)
		status = fail(err, LETHE_EKAFKA, 0,
			"the mock cluster does not start");
out:
	if (status)
		mock_close(m);
	else
		*out = m;
	return status;
}

void
mock_close(struct mock *m)
{
	if (!m)
		return;
	if (m->cluster)
		rd_kafka_mock_cluster_destroy(m->cluster);
	if (m->rk)
		rd_kafka_destroy(m->rk);
	free(m);
}

enum lethe_status
mock_topic(struct mock *m, const char *topic, int32_t partitions,
	struct lethe_error *err)
{
	rd_kafka_resp_err_t code =
		rd_kafka_mock_topic_create(m->cluster, topic, partitions, 1);

	return code ? fail(err, LETHE_EKAFKA, 0, "%.80s: %s", topic,
			      rd_kafka_err2str(code))
		    : LETHE_OK;
}

const char *
mock_brokers(const struct mock *m)
{
	return rd_kafka_mock_cluster_bootstraps(m->cluster);
}

void
mock_refuse(struct mock *m, enum mock_request request, int error, size_t times)
{
	for (size_t i = 0; i < times; i++)
		rd_kafka_mock_push_request_errors(m->cluster, (int16_t)request,
			1, (rd_kafka_resp_err_t)error);
}

void
mock_calm(struct mock *m, enum mock_request request)
{
	rd_kafka_mock_clear_request_errors(m->cluster, (int16_t)request);
}
