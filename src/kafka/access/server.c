#include "kafka/access/server.h"

#include "kafka/wire/client.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEET_MS 10000
#define TRY_MS 500

/* Requests by number, and from which version on a broker is of a release. */
#define PRODUCE 0
#define PRODUCE_OF_4_1 13
#define TXN_OFFSET_COMMIT 28
#define TXN_OFFSET_COMMIT_OF_2_5 3

struct meeting {
	struct login login; /* first: the library's one pointer */
	/* The brokers' threads write these. */
	_Atomic int produce, txn_offset_commit; /* -1: not told */
};

/*
 * The library tells in its debug log alone what a broker can do, before any
 * login:  "  ApiKey Produce (0) Versions 0..11".
 */
static void
on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	struct meeting *m = rd_kafka_opaque(rk);
	const char *row = strstr(text, "ApiKey "), *open, *dots;
	long key, most;

	(void)level;
	(void)facility;
	open = row ? strchr(row, '(') : NULL;
	dots = open ? strstr(open, "..") : NULL;
	if (!dots)
		return;
	key = strtol(open + 1, NULL, 10);
	most = strtol(dots + 2, NULL, 10);
	if (key == PRODUCE)
		atomic_store(&m->produce, (int)most);
	if (key == TXN_OFFSET_COMMIT)
		atomic_store(&m->txn_offset_commit, (int)most);
}

static enum server_release
release_of(const struct meeting *m)
{
	int produce = atomic_load(&m->produce);
	int txn = atomic_load(&m->txn_offset_commit);

	if (produce < 0 || txn < 0)
		return SERVER_RELEASE_UNKNOWN;
	if (txn < TXN_OFFSET_COMMIT_OF_2_5)
		return SERVER_RELEASE_OLD;
	return produce >= PRODUCE_OF_4_1 ? SERVER_RELEASE_4_1
					 : SERVER_RELEASE_OK;
}

static enum lethe_status
add_peers(const struct rd_kafka_metadata *md, struct server_peers *peers,
	struct lethe_error *err)
{
	size_t count = peers->count + (size_t)md->broker_cnt;
	char(*grown)[SERVER_NAME_BYTES] =
		reallocarray(peers->names, count, sizeof(*grown));

	if (!grown)
		return fail(err, LETHE_ENOMEM, 0, "no memory for brokers");
	peers->names = grown;
	for (int i = 0; i < md->broker_cnt; i++)
		(void)snprintf(peers->names[peers->count++], SERVER_NAME_BYTES,
			"%s:%d", md->brokers[i].host, md->brokers[i].port);
	return LETHE_OK;
}

static enum lethe_status
ask(rd_kafka_t *rk, struct meeting *m, struct server *out,
	struct server_peers *peers, struct lethe_error *err)
{
	int64_t until = clock_monotonic_ns() + MEET_MS * INT64_C(1000000);
	const struct rd_kafka_metadata *md = NULL;
	enum lethe_status status = LETHE_OK;

	/* Any cause that is known is the answer; others may pass. */
	do {
		out->reached = !rd_kafka_metadata(rk, 0, NULL, &md, TRY_MS);
		rd_kafka_poll(rk, 0);
	} while (!out->reached && !m->login.last &&
		 clock_monotonic_ns() < until);
	if (out->reached && peers)
		status = add_peers(md, peers, err);
	if (md)
		rd_kafka_metadata_destroy(md);
	return status;
}

enum lethe_status
server_meet(const char *name, const struct client_property *props,
	size_t prop_count, struct server *out, struct server_peers *peers,
	struct lethe_error *err)
{
	const struct client_set own[] = {
		{"bootstrap.servers", name},
		{"group.id", "lethe-doctor"},
		{"allow.auto.create.topics", "false"},
		{"debug", "feature"},
		{NULL, NULL},
	};
	struct meeting m = {.login = {.quiet = true}};
	rd_kafka_conf_t *conf = NULL;
	rd_kafka_t *rk = NULL;
	enum lethe_status status;

	*out = (struct server){0};
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	atomic_store(&m.produce, -1);
	atomic_store(&m.txn_offset_commit, -1);
	status = client_conf(
		CLIENT_CONSUMER, props, prop_count, own, &conf, err);
	if (status)
		return status;
	login_listen(&m.login, conf);
	rd_kafka_conf_set_log_cb(conf, on_log);
	status = client_new(CLIENT_CONSUMER, conf, &rk, err);
	if (status)
		return status;
	login_as(rk, out->as);
	status = ask(rk, &m, out, peers, err);
	rd_kafka_destroy(rk);
	out->cause = out->reached ? NULL : m.login.last;
	(void)snprintf(out->says, sizeof(out->says), "%s", m.login.says);
	out->release = release_of(&m);
	return status;
}

const char *
server_property(const struct client_property *props, size_t prop_count,
	const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < prop_count; i++)
		if (!props[i].secret && props[i].side != CLIENT_PRODUCER &&
			!strcmp(props[i].name, name))
			value = props[i].value;
	return value;
}

bool
server_named(const struct client_property *props, size_t prop_count, size_t n,
	char out[static SERVER_NAME_BYTES])
{
	const char *list =
		server_property(props, prop_count, "bootstrap.servers");
	size_t len;

	if (!list)
		list = server_property(
			props, prop_count, "metadata.broker.list");
	for (size_t i = 0; list; i++) {
		list += strspn(list, ", ");
		len = strcspn(list, ", ");
		if (!len)
			return false;
		if (i == n) {
			(void)snprintf(
				out, SERVER_NAME_BYTES, "%.*s", (int)len, list);
			return true;
		}
		list += len;
	}
	return false;
}

bool
server_scram_pair(const struct server *s, const struct client_property *props,
	size_t prop_count)
{
	const char *mechanism =
		server_property(props, prop_count, "sasl.mechanisms");

	if (!mechanism)
		mechanism =
			server_property(props, prop_count, "sasl.mechanism");
	return s->release == SERVER_RELEASE_4_1 && mechanism &&
	       !login_can_scram() && !strncmp(mechanism, "SCRAM-", 6);
}
