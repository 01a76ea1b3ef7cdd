#ifndef KAFKA_CLIENT_H
#define KAFKA_CLIENT_H

/*
 * The client library's properties: which pass through, which are lethe's own,
 * which are secrets; and its three ways to fail, made one.
 */

#include "base/error.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

enum client_side {
	CLIENT_BOTH,
	CLIENT_CONSUMER,
	CLIENT_PRODUCER,
};

/* One property of the settings, such as kafka.bootstrap.servers. */
struct client_property {
	const char *name;  /* the library's */
	const char *value; /* with `secret`: a file's path, or fd:N */
	enum client_side side;
	bool secret;
	char *text; /* a loaded secret, in guarded memory; or NULL */
};

/* Why lethe alone sets a property, or NULL when it may be set. */
const char *client_property_owned(const char *name);

/* Whether a property is a secret: only as .file or .fd. */
bool client_property_secret(const char *name);

/*
 * Holds a property against the library's own check.
 *
 * Fails: LETHE_ENOENTRY for an unknown one, LETHE_ESETTING for a bad value.
 */
LETHE_CHECKED enum lethe_status client_property_check(
	const char *name, const char *value, struct lethe_error *err);

/* The name nearest to an unknown one, or NULL; `out` holds it. */
const char *client_property_nearest(const char *name, char out[static 64]);

/*
 * Reads the secrets; once, since a descriptor is read once.
 *
 * Fails: LETHE_ESETTING naming the property, never the value.
 */
LETHE_CHECKED enum lethe_status client_secrets_load(
	struct client_property *props, size_t count, struct lethe_error *err);
void client_secrets_free(struct client_property *props, size_t count);

/* What lethe itself sets, beside the tables of defaults. */
struct client_set {
	const char *name;
	const char *value;
};

/*
 * A configuration: defaults, then properties, then lethe's own.
 *
 *   side   CLIENT_CONSUMER or CLIENT_PRODUCER
 *   own    ended by name NULL
 */
LETHE_CHECKED enum lethe_status
client_conf(enum client_side side, const struct client_property *props,
	size_t count, const struct client_set *own, rd_kafka_conf_t **out,
	struct lethe_error *err);

/*
 * A client of a configuration, which it takes.
 *
 * Fails: LETHE_ESETTING with the library's words.
 */
LETHE_CHECKED enum lethe_status client_new(enum client_side side,
	rd_kafka_conf_t *conf, rd_kafka_t **out, struct lethe_error *err);

/* A configured value, as the library holds it; -1 when it has none. */
int64_t client_number(rd_kafka_t *rk, const char *name);

/*
 * The one place where the library's failures become statuses.
 *
 *   what    the call, for the message
 *   error   freed; NULL is OK
 */
enum lethe_status client_status(
	const char *what, rd_kafka_error_t *error, struct lethe_error *err);

/* The same of a bare code. */
enum lethe_status client_code(
	const char *what, rd_kafka_resp_err_t code, struct lethe_error *err);

/* Partitions of a topic. Fails: ENOENTRY, EDENIED, ETIMEOUT, EKAFKA. */
LETHE_CHECKED enum lethe_status
client_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
	int32_t *count, struct lethe_error *err);

#endif
