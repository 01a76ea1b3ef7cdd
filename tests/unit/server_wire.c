#include "suite.h"

#include "base/log.h"
#include "kafka/access/server.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a broker can do is read from the library's debug log: a library that
 * words it in another way makes these fail.
 */

static void
meet(rd_kafka_mock_cluster_t *cluster, struct server *out)
{
	struct server_peers peers = {0};
	struct lethe_error err;

	log_off();
	ck_assert_status(server_meet(rd_kafka_mock_cluster_bootstraps(cluster),
				 NULL, 0, out, &peers, &err),
		LETHE_OK);
	ck_assert_uint_eq(peers.count, 1);
	ck_assert_str_eq(peers.names[0], out->name);
	free(peers.names);
}

static rd_kafka_t *
new_client(void)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[256];
	rd_kafka_t *rk;

	rd_kafka_conf_set_log_cb(conf, NULL);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	ck_assert_msg(rk, "%s", text);
	return rk;
}

static const struct {
	int16_t produce, txn_offset_commit; /* the most the broker can do */
	enum server_release release;
} rows[] = {
	{7, 2, SERVER_RELEASE_OLD},
	{7, 3, SERVER_RELEASE_OK},
};

START_TEST(the_release_is_told_by_its_requests)
{
	rd_kafka_t *rk = new_client();
	rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, 1);
	struct server s;

	rd_kafka_mock_set_apiversion(cluster, 0, 0, rows[_i].produce);
	rd_kafka_mock_set_apiversion(
		cluster, 28, 0, rows[_i].txn_offset_commit);
	meet(cluster, &s);
	ck_assert(s.reached);
	ck_assert_ptr_null(s.cause);
	ck_assert_int_eq(s.release, rows[_i].release);
	ck_assert_str_eq(s.as, "nobody (no login, no TLS)");
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(rk);
}
END_TEST

START_TEST(a_server_that_is_away_has_its_cause)
{
	struct lethe_error err;
	struct server s;

	log_off();
	ck_assert_status(
		server_meet("127.0.0.1:1", NULL, 0, &s, NULL, &err), LETHE_OK);
	ck_assert(!s.reached);
	ck_assert_ptr_nonnull(s.cause);
	ck_assert_str_eq(s.cause->cause, "nobody listens there");
	ck_assert_int_eq(s.release, SERVER_RELEASE_UNKNOWN);
}
END_TEST

static const struct {
	const char *list;
	const char *names[3];
} lists[] = {
	{"a:1", {"a:1"}},
	{"a:1,b:2", {"a:1", "b:2"}},
	{" a:1, ssl://b:2 ,", {"a:1", "ssl://b:2"}},
	{"", {NULL}},
};

START_TEST(servers_are_named_one_by_one)
{
	const struct client_property props[] = {
		{.name = "bootstrap.servers", .value = lists[_i].list}};
	char name[SERVER_NAME_BYTES];
	size_t n = 0;

	while (lists[_i].names[n]) {
		ck_assert(server_named(props, 1, n, name));
		ck_assert_str_eq(name, lists[_i].names[n++]);
	}
	ck_assert(!server_named(props, 1, n, name));
}
END_TEST

SUITE("server_wire", ROWS(the_release_is_told_by_its_requests, rows),
	TEST(a_server_that_is_away_has_its_cause),
	ROWS(servers_are_named_one_by_one, lists))
